import { assert } from '../core/assert.ts';

/** The end of a transaction in the stream, and the transactions that ended since the boundary before it. */
export interface CommitBoundary {
  readonly file: string;
  readonly position: number;
  /** GTIDs of the transactions that this boundary closes, in stream order. */
  readonly gtids: readonly string[];
  /** Source time (ms since 1970) of the newest of them; null where none is known. */
  readonly sourceTimeMs: number | null;
  /** When the file was begun, unix seconds; null where its head was not seen. */
  readonly fileBeganS?: number | null;
}

/** As kept in the window: its own array of GTIDs, so that thousands of small transactions merge cheaply. */
interface OpenBoundary extends CommitBoundary {
  readonly gtids: string[];
}

interface InFlight {
  rows: number;
  done: boolean;
  boundary: OpenBoundary | null;
}

function merge(older: OpenBoundary | null, newer: CommitBoundary): OpenBoundary {
  const gtids = older?.gtids ?? [];
  for (const gtid of newer.gtids) gtids.push(gtid);
  return { ...newer, gtids, sourceTimeMs: newer.sourceTimeMs ?? older?.sourceTimeMs ?? null };
}

/** Names a batch that was sent. */
export type Ticket = InFlight;

/**
 * Batches that were sent and not yet acknowledged, oldest first. Acknowledgements come in any order; the
 * boundary moves only when the oldest batch is done, so that no checkpoint passes a row that the sink does
 * not have. Pure: no I/O, no time.
 */
export class AckWindow {
  #inFlight: InFlight[] = [];
  readonly #advance: (boundary: CommitBoundary, rows: number) => void;
  /** Rows of done batches that no boundary has closed yet. */
  #rowsDone = 0;

  constructor(advance: (boundary: CommitBoundary, rows: number) => void) {
    this.#advance = advance;
  }

  get size(): number {
    return this.#inFlight.length;
  }

  /** A batch goes out. `boundary`: the last commit boundary inside or before it, if it holds one. */
  sent(rows: number, boundary: CommitBoundary | null): Ticket {
    const entry: InFlight = { rows, done: false, boundary: boundary === null ? null : merge(null, boundary) };
    this.#inFlight.push(entry);
    return entry;
  }

  /** A commit boundary with nothing of its own to send: it follows what is in flight. */
  passed(boundary: CommitBoundary): void {
    const newest = this.#inFlight.at(-1);
    if (newest === undefined) this.#close(boundary);
    else newest.boundary = merge(newest.boundary, boundary);
  }

  acknowledged(ticket: Ticket): void {
    assert(!ticket.done, 'a batch is acknowledged once');
    ticket.done = true;
    let closed: OpenBoundary | null = null;
    let taken = 0;
    for (const entry of this.#inFlight) {
      if (!entry.done) break;
      taken += 1;
      this.#rowsDone += entry.rows;
      if (entry.boundary !== null) closed = merge(closed, entry.boundary);
    }
    if (taken > 0) this.#inFlight.splice(0, taken);
    if (closed !== null) this.#close(closed);
  }

  #close(boundary: CommitBoundary): void {
    const rows = this.#rowsDone;
    this.#rowsDone = 0;
    this.#advance(boundary, rows);
  }
}
