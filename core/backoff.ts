export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Delay before attempt `attempt` (1 = after the first failure): exponential, capped at `maxMs`, with full
 * jitter in its upper half so that many runners do not come back in step. `random` gives [0, 1).
 */
export function backoffMs(attempt: number, options: BackoffOptions, random: () => number): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 30);
  const ceiling = Math.min(options.maxMs, options.firstMs * 2 ** exponent);
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
