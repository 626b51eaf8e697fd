/**
 * What the sweep tells CloudWatch, once a minute and shard, and the deployment makes alarms of. Named here once: an alarm
 * on a name that nobody writes never rings.
 */
export const METRIC_NAMESPACE = 'Galaxy';

/** All are told with this one dimension. */
export const METRIC_DIMENSION = 'stage';

export const SWEEP_METRICS = {
  /** Those that are wanted or are ending. */
  tasks: 'Count',
  /** Tasks that only a person can help: of all shards, told by the first. */
  failed: 'Count',
  /** Wanted, and without the word of a runner for minutes. */
  silent: 'Count',
  /** Of the task that is furthest behind its source. */
  lagMaxSeconds: 'Seconds',
  /** Until the first of the sources deletes a file that is still needed. */
  purgeMinHours: 'None',
  /** Not looked at for want of time. */
  left: 'Count',
  errors: 'Count',
  strays: 'Count',
  replaced: 'Count',
  ms: 'Milliseconds',
} as const;

export type SweepMetric = keyof typeof SWEEP_METRICS;

/** The log line of a run that ended without having been told to; counted in the logs of all functions. */
export const RUN_DIED_EVENT = 'run_died';
export const RUN_DIED_METRIC = 'runs-died';
