/**
 * Gives out parts of a range of memory, of any size, in any order, and takes them back: the first gap that is large
 * enough, so that what lies further back is touched only when it is needed.
 */
const UNIT_BYTES = 4096;

export class Room {
  readonly #end: number;
  /** Start and end of what is given out, by place, with an empty part in front. */
  readonly #starts: number[];
  readonly #ends: number[];

  /** [start, end) is whole units. */
  constructor(start: number, end: number) {
    this.#end = end;
    this.#starts = [start];
    this.#ends = [start];
  }

  /** Place of `size` bytes; null where there is no gap of so many. */
  take(size: number): number | null {
    const whole = Math.ceil(size / UNIT_BYTES) * UNIT_BYTES;
    const starts = this.#starts;
    const ends = this.#ends;
    for (let index = 0; index < ends.length; index += 1) {
      const from = ends[index] ?? 0;
      if ((starts[index + 1] ?? this.#end) - from < whole) continue;
      starts.splice(index + 1, 0, from);
      ends.splice(index + 1, 0, from + whole);
      return from;
    }
    return null;
  }

  /** What stands at this place, as `take` gave it, is free again. */
  give(place: number): void {
    const index = this.#starts.indexOf(place, 1);
    if (index < 0) return;
    this.#starts.splice(index, 1);
    this.#ends.splice(index, 1);
  }
}
