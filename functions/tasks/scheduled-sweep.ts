import { CdcError, toCdcError } from '../../core/errors.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { metricMembers } from '../sweep-metrics.ts';
import { type SweepReport, sweep } from './sweep.ts';
import { parseShard } from './sweep-order.ts';

/** What was begun within the time ends within this: the patience of a store or a platform that does not answer. */
const MARGIN_MS = 15_000;

export interface ScheduledReport extends SweepReport {
  /** Tasks of all shards that only a person can help; null where it is not this shard that tells, or the store does not. */
  readonly failed: number | null;
}

/** From the counters: a sweep does not read failed tasks. */
async function countFailed(deps: ReconcilerDeps): Promise<number | null> {
  try {
    return (await deps.stores.tasks.list({ limit: 1, state: 'failed' })).total;
  } catch (cause) {
    const { code, message } = toCdcError(cause);
    deps.log.error('failed_tasks_not_counted', { code, message });
    return null;
  }
}

/**
 * One sweep within the time that is left, told in the log. A sweep that does not come round says how many tasks are
 * left; the next one begins at another place. CDC_CONFIG for an input that names no shard.
 */
export async function sweepOnSchedule(
  deps: ReconcilerDeps,
  input: unknown,
  options: { readonly stage: string; readonly rollAtOnce: number; readonly remainingMs: number },
): Promise<ScheduledReport> {
  const { stage, rollAtOnce, remainingMs } = options;
  const shard = parseShard(input);
  if (remainingMs <= MARGIN_MS) {
    const message = `the time of a sweep must be more than ${MARGIN_MS / 1000} s, not ${remainingMs} ms`;
    throw new CdcError('CDC_CONFIG', message, { hint: "Raise the function's timeout; a minute is right." });
  }
  const untilMs = deps.clock.now() + remainingMs - MARGIN_MS;
  const seen = await sweep(deps, { shard, trustLeases: true, untilMs, rollAtOnce });
  const report = { ...seen, failed: shard.index === 0 ? await countFailed(deps) : null };
  const metrics = metricMembers(stage, deps.clock.now(), report);
  const fields = { shard: shard.index, of: shard.of, ...report, ...metrics };
  if (report.left === 0) deps.log.info('sweep', fields);
  else deps.log.warn('sweep_cut_short', { ...fields, hint: 'share the tasks among more schedules' });
  return report;
}
