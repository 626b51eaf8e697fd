/** How long and how often a request is tried. */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.ts';
import { isTransient } from './errors.ts';

export interface Patience {
  /** All tries of one request, pauses included: well below the life of a lease, whose holder renews through it. */
  readonly budgetMs: number;
  /** One try: a connection that has gone dead is dropped after it, and the next try makes a new one. */
  readonly attemptMs: number;
  readonly nowMs: () => number;
  /** Gives [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export const PATIENCE: Patience = {
  budgetMs: 8_000,
  // a store that takes five seconds for each answer is slow, not away
  attemptMs: 6_000,
  nowMs: () => performance.now(),
  random: Math.random,
  sleep: (ms) => sleep(ms),
};

const PAUSE = { firstMs: 25, maxMs: 1_000 };

/** Runs `attempt` until it succeeds, fails for good, or the budget is spent; then throws what the last one threw. */
export async function withPatience<T>(
  patience: Patience,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const untilMs = patience.nowMs() + patience.budgetMs;
  for (let tries = 1; ; tries += 1) {
    const leftMs = Math.max(1, Math.ceil(untilMs - patience.nowMs()));
    try {
      return await attempt(AbortSignal.timeout(Math.min(patience.attemptMs, leftMs)));
    } catch (error) {
      const pauseMs = backoffMs(tries, PAUSE, patience.random);
      if (!isTransient(error) || patience.nowMs() + pauseMs >= untilMs) throw error;
      await patience.sleep(pauseMs);
    }
  }
}
