import type { BinlogPosition } from '../../core/position.ts';
import type { RowsEvent } from '../binlog/event.ts';
import { copied } from './revocable-rows.ts';
import { Savepoints } from './savepoints.ts';

/** The rows of one XA transaction, from its start until it is decided. */
export interface XaRows {
  /** Where its first event starts. */
  readonly startsAt: BinlogPosition;
  /** Copies of its rows events, captured or not: the filter that counts is that of the commit. */
  events: RowsEvent[];
  bytes: number;
  /** Too large to be held: the rows are read again from `startsAt` when it commits. */
  dropped: boolean;
  readonly savepoints: Savepoints;
}

export interface PreparedXa {
  readonly xid: string;
  readonly rows: XaRows;
  /** Its GTID, where the executed set can leave it out until it is decided; null: it holds the boundary back. */
  readonly gtid: string | null;
  /** Unix seconds of its XA PREPARE. */
  readonly preparedAtS: number;
}

/**
 * Rows of prepared XA transactions: in the binlog they stand at XA PREPARE, and only a later XA COMMIT makes
 * them visible; XA ROLLBACK drops them. A restarted runner has to read an open one again: by MySQL's GTID set, which
 * leaves it out meanwhile; elsewhere no checkpoint passes its start.
 */
export class XaHold {
  readonly #prepared = new Map<string, PreparedXa>();
  readonly #told = new Set<string>();
  #bytes = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether one is open before which the checkpoint has to stay. */
  get holdsBack(): boolean {
    for (const { gtid } of this.#prepared.values()) if (gtid === null) return true;
    return false;
  }

  begin(startsAt: BinlogPosition): XaRows {
    return { startsAt, events: [], bytes: 0, dropped: false, savepoints: new Savepoints() };
  }

  /** Keeps a copy that does not keep the socket's chunk alive; of a transaction above the bound nothing is kept. */
  hold(rows: XaRows, event: RowsEvent): void {
    if (rows.dropped) return;
    if (this.#bytes + event.rows.length > this.#bytesMax) {
      this.discard(rows);
      rows.dropped = true;
      return;
    }
    this.#bytes += event.rows.length;
    rows.bytes += event.rows.length;
    rows.events.push(copied(event));
  }

  /** false where it can't be done: there is no such savepoint, or the rows are not held. */
  rollbackTo(rows: XaRows, savepoint: string): boolean {
    const stay = rows.savepoints.back(savepoint);
    if (stay === null || rows.dropped) return false;
    for (const event of rows.events.splice(stay)) {
      rows.bytes -= event.rows.length;
      this.#bytes -= event.rows.length;
    }
    return true;
  }

  prepared(transaction: PreparedXa): void {
    this.#prepared.set(transaction.xid, transaction);
  }

  /** XA COMMIT or XA ROLLBACK; null for a transaction that was prepared before the stream's start. */
  decided(xid: string): PreparedXa | null {
    const transaction = this.#prepared.get(xid);
    if (transaction === undefined) return null;
    this.#prepared.delete(xid);
    this.#told.delete(xid);
    return transaction;
  }

  /** Rows that are not needed any more. */
  discard(rows: XaRows): void {
    this.#bytes -= rows.bytes;
    rows.events = [];
    rows.bytes = 0;
  }

  /** One that was prepared before that time (unix seconds) and is still open; each is told once. */
  overdue(beforeS: number): PreparedXa | null {
    for (const transaction of this.#prepared.values()) {
      if (transaction.preparedAtS >= beforeS || this.#told.has(transaction.xid)) continue;
      this.#told.add(transaction.xid);
      return transaction;
    }
    return null;
  }
}
