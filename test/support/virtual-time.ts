/** Time that goes on only when everything waits for it: hours of a fleet in seconds, the same at each run. */

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

const isBefore = (a: Sleeper, b: Sleeper): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

export class VirtualTime {
  nowMs: number;
  #order = 0;
  /** A heap: the first to wake is at 0. */
  readonly #sleepers: Sleeper[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  readonly clock = { now: (): number => this.nowMs };

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#order += 1;
      this.#push({ atMs: this.nowMs + Math.max(0, ms), order: this.#order, wake });
    });

  /** The result of `work`, with time going on. Rejects where it waits for something that never comes. */
  async run<T>(work: Promise<T>): Promise<T> {
    const end: { done: boolean } = { done: false };
    const settle = (): void => {
      end.done = true;
    };
    work.then(settle, settle);
    for (;;) {
      // lets all go on that can
      await new Promise((resolve) => setImmediate(resolve));
      if (end.done) return work;
      const next = this.#pop();
      if (next === undefined) throw new Error('everything waits, and nothing would wake it');
      this.nowMs = next.atMs;
      next.wake();
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, sleeper)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = sleeper;
  }

  #pop(): Sleeper | undefined {
    const heap = this.#sleepers;
    const first = heap[0];
    const moved = heap.pop();
    if (first === undefined || moved === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
      const lower = heap[child];
      if (lower === undefined || isBefore(moved, lower)) break;
      heap[at] = lower;
      at = child;
    }
    heap[at] = moved;
    return first;
  }
}

/** Numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
