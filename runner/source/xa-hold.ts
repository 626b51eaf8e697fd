import { CdcError } from '../../core/errors.ts';
import type { RowsEvent } from '../binlog/event.ts';

/** A rows event kept until its XA transaction is decided, with its own copy of the row images. */
export interface HeldRows {
  readonly event: RowsEvent;
}

/**
 * Rows of prepared XA transactions: in the binlog they stand at XA PREPARE, and only a later XA COMMIT makes
 * them visible; XA ROLLBACK drops them. While one is open the checkpoint must not pass it, for a restarted
 * runner has to read it again.
 */
export class XaHold {
  readonly #prepared = new Map<string, readonly HeldRows[]>();
  #bytes = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get open(): number {
    return this.#prepared.size;
  }

  /** A copy that does not keep the socket's chunk alive. */
  hold(event: RowsEvent): HeldRows {
    this.#bytes += event.rows.length;
    if (this.#bytes > this.#bytesMax) {
      throw new CdcError(
        'CDC_ROW_TOO_LARGE',
        `prepared XA transactions hold more than ${this.#bytesMax} bytes`,
        {
          hint: 'XA RECOVER on the source lists them: commit or roll back the forgotten ones.',
        },
      );
    }
    return {
      event: {
        ...event,
        present: Buffer.from(event.present),
        presentAfter: Buffer.from(event.presentAfter),
        rows: Buffer.from(event.rows),
      },
    };
  }

  prepared(xid: string, rows: readonly HeldRows[]): void {
    this.#prepared.set(xid, rows);
  }

  /** XA COMMIT: the rows to emit; null for a transaction that was prepared before the stream's start. */
  commit(xid: string): readonly HeldRows[] | null {
    return this.#take(xid);
  }

  rollback(xid: string): void {
    this.#take(xid);
  }

  #take(xid: string): readonly HeldRows[] | null {
    const rows = this.#prepared.get(xid);
    if (rows === undefined) return null;
    this.#prepared.delete(xid);
    this.drop(rows);
    return rows;
  }

  /** Held rows that turned out not to need holding (one-phase commit). */
  drop(rows: readonly HeldRows[]): void {
    for (const held of rows) this.#bytes -= held.event.rows.length;
  }
}
