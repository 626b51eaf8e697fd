import type { RowsEvent } from '../binlog/event.ts';
import type { Place } from './place.ts';
import { Savepoints } from './savepoints.ts';

export interface HeldRows {
  readonly event: RowsEvent;
  readonly place: Place;
}

/** A copy that does not keep the socket's chunk alive. */
export const copied = (event: RowsEvent): RowsEvent => ({
  ...event,
  present: Buffer.from(event.present),
  presentAfter: Buffer.from(event.presentAfter),
  rows: Buffer.from(event.rows),
});

/**
 * Rows of an open transaction that its log may still take back. MariaDB writes a transaction that is rolled back with
 * all its rows and a ROLLBACK behind them where a temporary table was made in it, and `ROLLBACK TO` a savepoint where a
 * table without transactions was changed; so do older MySQL servers without GTIDs. MySQL with GTIDs refuses such
 * transactions, or cuts their rows out itself.
 */
export class RevocableRows {
  readonly #bytesMax: number;
  readonly #savepoints = new Savepoints();
  #bytes = 0;
  #held: HeldRows[] = [];

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** false where it is more than may be held. */
  hold(event: RowsEvent, place: Place): boolean {
    if (this.#bytes + event.rows.length > this.#bytesMax) return false;
    this.#bytes += event.rows.length;
    this.#held.push({ event: copied(event), place });
    return true;
  }

  savepoint(name: string): void {
    this.#savepoints.set(name, this.#held.length);
  }

  /** false where there is no such savepoint. */
  rollbackTo(name: string): boolean {
    const stay = this.#savepoints.back(name);
    if (stay === null) return false;
    for (const { event } of this.#held.splice(stay)) this.#bytes -= event.rows.length;
    return true;
  }

  /** All of them, which are then held no more. */
  take(): readonly HeldRows[] {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    return held;
  }
}
