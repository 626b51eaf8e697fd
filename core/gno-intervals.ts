/**
 * A transaction number of a GTID: 1 to 2^63 - 2. A number where it is safe, else a bigint; never a bigint that a
 * number could hold, so that === compares them. `<` and `>` compare the two kinds as they are.
 */
export type Gno = number | bigint;

export const GNO_MAX = 2n ** 63n - 2n;

const SAFE_MAX = Number.MAX_SAFE_INTEGER;

export function toGno(value: bigint): Gno {
  return value <= SAFE_MAX ? Number(value) : value;
}

export function nextGno(gno: Gno): Gno {
  return typeof gno === 'number' && gno < SAFE_MAX ? gno + 1 : toGno(BigInt(gno) + 1n);
}

export function previousGno(gno: Gno): Gno {
  return typeof gno === 'number' ? gno - 1 : toGno(gno - 1n);
}

/** Sorted, disjoint, never touching half-open intervals [start, end). */
export class GnoIntervals {
  #starts: Gno[] = [];
  #ends: Gno[] = [];

  get count(): number {
    return this.#starts.length;
  }

  *[Symbol.iterator](): Generator<readonly [start: Gno, end: Gno]> {
    for (const [index, start] of this.#starts.entries()) yield [start, this.#ends[index] ?? start];
  }

  clone(): GnoIntervals {
    const copy = new GnoIntervals();
    copy.#starts = [...this.#starts];
    copy.#ends = [...this.#ends];
    return copy;
  }

  /** Cheap where it goes on from the last interval, as the transactions of a stream do. */
  add(start: Gno, end: Gno): void {
    const last = this.#ends.length - 1;
    const lastEnd = this.#ends[last];
    if (lastEnd === start) this.#ends[last] = end;
    else if (lastEnd === undefined || lastEnd < start) {
      this.#starts.push(start);
      this.#ends.push(end);
    } else this.#merge(start, end);
  }

  #merge(start: Gno, end: Gno): void {
    const from = this.#firstEndingFrom(start);
    let to = from;
    let mergedStart = start;
    let mergedEnd = end;
    for (;;) {
      const otherStart = this.#starts[to];
      const otherEnd = this.#ends[to];
      if (otherStart === undefined || otherEnd === undefined || otherStart > end) break;
      if (otherStart < mergedStart) mergedStart = otherStart;
      if (otherEnd > mergedEnd) mergedEnd = otherEnd;
      to += 1;
    }
    this.#starts.splice(from, to - from, mergedStart);
    this.#ends.splice(from, to - from, mergedEnd);
  }

  subtract(start: Gno, end: Gno): void {
    const kept = [...this];
    this.#starts = [];
    this.#ends = [];
    for (const [keptStart, keptEnd] of kept) {
      if (keptStart < start) this.add(keptStart, keptEnd < start ? keptEnd : start);
      if (keptEnd > end) this.add(keptStart > end ? keptStart : end, keptEnd);
    }
  }

  contains(start: Gno, end: Gno): boolean {
    const index = this.#firstEndingFrom(end);
    const from = this.#starts[index];
    return from !== undefined && from <= start;
  }

  equals(other: GnoIntervals): boolean {
    return (
      this.count === other.count &&
      this.#starts.every((start, index) => start === other.#starts[index]) &&
      this.#ends.every((end, index) => end === other.#ends[index])
    );
  }

  /** Index of the first interval whose end is `gno` or later. */
  #firstEndingFrom(gno: Gno): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? gno) < gno) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
