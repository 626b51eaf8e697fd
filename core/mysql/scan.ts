/** Reading forward in a binlog to a place, with the GTIDs that lie before it. No I/O of its own. */
import { CdcError } from '../errors.ts';
import type { AnyGtidSet } from '../gtid-set.ts';
import type { BinlogPosition } from '../position.ts';
import { FIRST_POSITION } from './commands.ts';
import { type EventHead, readEventHead, readGtid, rotatedTo } from './event-head.ts';

export type ScanGoal =
  /** Before the first transaction that has an event of this time (unix seconds) or later. */
  | { readonly kind: 'time'; readonly unixSeconds: number }
  /** At this very place, which has to lie between two transactions. */
  | { readonly kind: 'position'; readonly position: number };

export interface ScanOptions {
  readonly goal: ScanGoal;
  /** Executed before the first event; the scan adds to it. null: GTIDs are of no interest. */
  readonly gtids: AnyGtidSet | null;
  /** 4 where the server's events for this dump carry a CRC32, else 0. */
  readonly checksumBytes: number;
}

export interface ScannedPlace extends BinlogPosition {
  readonly gtids: AnyGtidSet | null;
}

const WRAP = 2 ** 32;

/** Feed it the events of a dump that begins at a file's first event; take the place when it is found, or at the end. */
export class BinlogScan {
  readonly #options: ScanOptions;
  #file = '';
  /** Where the next event begins. */
  #next = FIRST_POSITION;
  #open: { readonly position: number; readonly gtid: string | null } | null = null;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  /** The place, when this event shows that it is reached. CDC_POSITION_INVALID where it can't be a place to start. */
  push(event: Buffer): ScannedPlace | null {
    const head = readEventHead(event);
    if (head.kind === 'made') return this.#enterFile(rotatedTo(event, this.#options.checksumBytes));
    const end = this.#endOf(head, event.length);
    const start = end - event.length;
    if (head.kind !== 'within') this.#closeTransaction();
    const found = this.#isReached(head, start);
    if (found !== null) return found;
    if (head.kind === 'transaction-start') this.#open = { position: start, gtid: readGtid(event) };
    this.#next = end;
    return this.#hasTime(head) ? this.#place(this.#open?.position ?? start) : null;
  }

  /** The binlog ends here: behind its last transaction. */
  finish(): ScannedPlace {
    this.#closeTransaction();
    const { goal } = this.#options;
    if (goal.kind === 'position' && goal.position !== this.#next)
      this.#refuse('lies behind the end of its file');
    return this.#place(this.#next);
  }

  #enterFile(file: string | null): ScannedPlace | null {
    if (file === null || file === this.#file) return null;
    // The goal lies in the file that the scan began with, perhaps at its very end.
    if (this.#file !== '' && this.#options.goal.kind === 'position') return this.finish();
    this.#file = file;
    this.#next = FIRST_POSITION;
    return null;
  }

  /** Headers have 32 bits for a position; files can be larger than 4 GiB. */
  #endOf(head: EventHead, bytes: number): number {
    const expected = this.#next + bytes;
    if (head.endPosition === 0 || head.endPosition === expected % WRAP) return expected;
    const end = Math.floor(this.#next / WRAP) * WRAP + head.endPosition;
    return end < this.#next ? end + WRAP : end;
  }

  #closeTransaction(): void {
    const gtid = this.#open?.gtid ?? null;
    if (gtid !== null) this.#options.gtids?.add(gtid);
    this.#open = null;
  }

  #isReached(head: EventHead, start: number): ScannedPlace | null {
    const { goal } = this.#options;
    if (goal.kind !== 'position' || start < goal.position) return null;
    if (start > goal.position) this.#refuse('is not where an event begins');
    if (head.kind === 'within')
      this.#refuse(`lies within the transaction at ${this.#open?.position ?? 'an earlier place'}`);
    return this.#place(start);
  }

  #hasTime(head: EventHead): boolean {
    const { goal } = this.#options;
    return goal.kind === 'time' && head.kind !== 'outside' && head.timestamp >= goal.unixSeconds;
  }

  #place(position: number): ScannedPlace {
    return { file: this.#file, position, gtids: this.#options.gtids };
  }

  #refuse(problem: string): never {
    const { goal } = this.#options;
    const position = goal.kind === 'position' ? goal.position : this.#next;
    throw new CdcError('CDC_POSITION_INVALID', `${this.#file}:${position} ${problem}`, {
      hint: 'Choose a position where a transaction begins: SHOW BINLOG EVENTS lists them.',
    });
  }
}
