/**
 * The memory that the kernel works in (assembly/memory.ts has the fixed places): what it reads and what it writes lie
 * in it, so that nothing is copied on the way out. It never grows: growing would take the buffers of batches in flight
 * away. Pages that are not used cost nothing.
 *
 *        0   tables, the words of the call, the texts behind the images
 *   64 KiB   the directory of tables, the tables of checksums
 *  192 KiB   the window: events as they came
 *            staging: the rows of one event that lies elsewhere
 *            programs of table shapes
 *            slabs: the arenas of batches, each with its index behind it
 */
import type { BatchMemory } from '../../../core/message-batch.ts';

export const CALL_AT = 4096;
const BEFORE_ROW_AT = 16_384;
const BEHIND_ROW_AT = 40_960;
const TAIL_BYTES = 16_384;

/** What is read at once goes beyond the end of what there is. */
const MARGIN = 64;
const WINDOW_AT = 196_608;
const WINDOW_BYTES = 1_048_576;
const STAGING_AT = WINDOW_AT + WINDOW_BYTES + MARGIN;
const STAGING_BYTES = 1_114_112;
const PROGRAMS_AT = STAGING_AT + STAGING_BYTES;
const PROGRAMS_BYTES = 16_777_216;
const SLABS_AT = PROGRAMS_AT + PROGRAMS_BYTES;
/** A batch of 1 MiB is full; behind it there is room for the row that fills it. */
const ARENA_BYTES = 1_310_720;
const INDEX_MESSAGES = 8_192;
const INDEX_BYTES = INDEX_MESSAGES * 16;
const SLAB_BYTES = ARENA_BYTES + INDEX_BYTES;
/** As many batches as are in flight by default, the one that is written, and some whose memory comes back late. */
const SLABS = 14;
const PAGE_BYTES = 65_536;
const PAGES = Math.ceil((SLABS_AT + SLABS * SLAB_BYTES) / PAGE_BYTES);

export class KernelMemory {
  readonly memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  readonly bytes = Buffer.from(this.memory.buffer);
  readonly view = new DataView(this.memory.buffer);
  readonly words = new Uint32Array(this.memory.buffer);
  /** Events as they came; see transaction-walker.ts. */
  readonly window = Buffer.from(this.memory.buffer, WINDOW_AT, WINDOW_BYTES);
  /** Where the texts behind the images go: that up to the row's number, that behind it. */
  readonly tail = [BEFORE_ROW_AT, BEHIND_ROW_AT].map((at) =>
    Buffer.from(this.memory.buffer, at, TAIL_BYTES),
  ) as [Buffer, Buffer];
  readonly #freeSlabs = Array.from({ length: SLABS }, (_, number) => SLABS - 1 - number);
  /** Of batches that nobody has given back: a stream that failed lets go of what was in flight. */
  readonly #lost = new FinalizationRegistry<() => void>((release) => release());
  #programsEnd = PROGRAMS_AT;

  /** Where the kernel reads the rows of an event, which are put there; null where there is no room for so many. */
  stage(rows: Uint8Array): number | null {
    if (rows.buffer === this.memory.buffer) return rows.byteOffset;
    if (rows.length > STAGING_BYTES - MARGIN) return null;
    this.bytes.set(rows, STAGING_AT);
    return STAGING_AT;
  }

  /** Memory for programs, aligned to words and with 16 bytes behind it; null when all is given. */
  allocate(size: number): number | null {
    const at = this.#programsEnd;
    const end = at + ((size + 16 + 15) & ~15);
    if (end > PROGRAMS_AT + PROGRAMS_BYTES) return null;
    this.#programsEnd = end;
    return at;
  }

  /** All programs are forgotten. */
  clearPrograms(): void {
    this.#programsEnd = PROGRAMS_AT;
  }

  /** Memory for a batch; null when all is in use. */
  takeSlab(): BatchMemory | null {
    const number = this.#freeSlabs.pop();
    if (number === undefined) return null;
    const at = SLABS_AT + number * SLAB_BYTES;
    let isFree = false;
    const release = (): void => {
      if (!isFree) this.#freeSlabs.push(number);
      isFree = true;
    };
    const bytes = Buffer.from(this.memory.buffer, at, ARENA_BYTES);
    const index = new Uint32Array(this.memory.buffer, at + ARENA_BYTES, INDEX_BYTES / 4);
    const slab = { bytes, index, release };
    this.#lost.register(slab, release);
    return slab;
  }
}
