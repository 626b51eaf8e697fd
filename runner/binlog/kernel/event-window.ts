/**
 * Whole events in the kernel's memory, back to back as they stand in the log: filled at one end, taken at the other, many at
 * once by the walker or one by one.
 */
const SIZE_OFFSET = 9;

const sizeAt = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at + SIZE_OFFSET);

/** The end of the first event of a run. */
export function firstEventEnd(run: Buffer, at: number): number {
  return at + sizeAt(run, at);
}

export class EventWindow {
  readonly #bytes: Buffer;
  start = 0;
  end = 0;
  /** Up to here the walker has looked at them: ordinary events with good checksums. */
  soundTo = 0;
  /** Up to here each has to be checked by itself: the checksums of all together were wrong. */
  doubtedTo = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  /** Takes as many whole events of the run, from `at` on, as there is room for; where it stopped. */
  fill(run: Buffer, at: number): number {
    const left = run.length - at;
    if (left > this.#bytes.length - this.end) this.#moveToFront();
    const room = this.#bytes.length - this.end;
    let to = run.length;
    if (left > room) {
      to = at;
      for (let next = firstEventEnd(run, to); next - at <= room; next = firstEventEnd(run, to)) to = next;
    }
    if (to > at) run.copy(this.#bytes, this.end, at, to);
    this.end += to - at;
    return to;
  }

  /** The next event, a view of the window that is good until it is filled again. */
  take(): Buffer {
    const event = this.#bytes.subarray(this.start, this.start + sizeAt(this.#bytes, this.start));
    this.skip(event.length);
    return event;
  }

  /** The bytes from `from` to `to`, which are in it. */
  view(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  get nextServerId(): number {
    return this.#bytes.readUInt32LE(this.start + 5);
  }

  skip(bytes: number): void {
    this.start += bytes;
    if (this.soundTo < this.start) this.soundTo = this.start;
    if (this.start < this.end) return;
    this.start = 0;
    this.end = 0;
    this.soundTo = 0;
    this.doubtedTo = 0;
  }

  #moveToFront(): void {
    const { start } = this;
    if (start === 0) return;
    this.#bytes.copyWithin(0, start, this.end);
    this.start = 0;
    this.end -= start;
    this.soundTo -= start;
    this.doubtedTo = Math.max(0, this.doubtedTo - start);
  }
}
