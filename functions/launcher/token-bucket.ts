export interface BucketSize {
  /** As many calls may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** A rate is never taken to be lower than this part of what it should be. */
const SLOWEST = 1 / 16;

/**
 * Keeps calls below a rate that the other side limits in the same way. Whoever else calls there takes of the same
 * limit, so a refusal halves the own rate, and each call that passes lets it recover a little.
 */
export class TokenBucket {
  readonly #size: BucketSize;
  #tokens: number;
  #perSecond: number;
  #atMs: number;

  constructor(size: BucketSize, nowMs: number) {
    this.#size = size;
    this.#tokens = size.burst;
    this.#perSecond = size.perSecond;
    this.#atMs = nowMs;
  }

  #refill(nowMs: number): void {
    const passedS = Math.max(0, nowMs - this.#atMs) / 1000;
    this.#tokens = Math.min(this.#size.burst, this.#tokens + passedS * this.#perSecond);
    this.#atMs = nowMs;
  }

  /** Takes a token: the milliseconds to wait before the call; null, and none taken, where that is above `waitMsMax`. */
  take(nowMs: number, waitMsMax: number): number | null {
    this.#refill(nowMs);
    const waitMs = Math.max(0, Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000));
    if (waitMs > waitMsMax) return null;
    this.#tokens -= 1;
    return waitMs;
  }

  /** The other side has refused a call for its rate. */
  refused(nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.min(this.#tokens, 0);
    this.#perSecond = Math.max(this.#size.perSecond * SLOWEST, this.#perSecond / 2);
  }

  passed(): void {
    const { perSecond } = this.#size;
    this.#perSecond = Math.min(perSecond, this.#perSecond + perSecond / 50);
  }
}
