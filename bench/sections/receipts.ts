import { percentile } from '../statistics.ts';

export interface LatencyFigures {
  readonly messages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * Times from commit to receipt. The commit's time is the server's own (`commit_us` of a message), in the clock that
 * this process reads too, as both are on one machine.
 */
export class Receipts {
  seen = 0;
  readonly #latenciesMs: number[] = [];
  readonly #skip: number;

  /** `skip`: how many messages come first that count for nothing, while everything warms up. */
  constructor(skip: number) {
    this.#skip = skip;
  }

  /** `message`: the JSON text of one; `receivedUs`: unix time in microseconds. */
  take(message: string, receivedUs: number): void {
    this.seen += 1;
    if (this.seen <= this.#skip) return;
    const match = /"commit_us":(\d+)/.exec(message);
    if (match === null) throw new Error('a message carries no commit_us');
    this.#latenciesMs.push((receivedUs - Number(match[1])) / 1000);
  }

  figures(): LatencyFigures {
    const all = this.#latenciesMs;
    return {
      messages: all.length,
      p50Ms: percentile(all, 0.5),
      p99Ms: percentile(all, 0.99),
      maxMs: percentile(all, 1),
    };
  }
}

/** Unix time in microseconds. */
export const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1000;
