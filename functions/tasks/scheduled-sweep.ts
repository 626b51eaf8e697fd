import { CdcError } from '../../core/errors.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { type SweepReport, sweep } from './sweep.ts';
import { parseShard } from './sweep-order.ts';

/** What was begun within the time ends within this: the patience of a store or a platform that does not answer. */
const MARGIN_MS = 15_000;

/**
 * One sweep within the time that is left, told in the log. A sweep that does not come round says how many tasks are
 * left; the next one begins at another place. CDC_CONFIG for an input that names no shard.
 */
export async function sweepOnSchedule(
  deps: ReconcilerDeps,
  input: unknown,
  { rollAtOnce, remainingMs }: { readonly rollAtOnce: number; readonly remainingMs: number },
): Promise<SweepReport> {
  const shard = parseShard(input);
  if (remainingMs <= MARGIN_MS) {
    const message = `the time of a sweep must be more than ${MARGIN_MS / 1000} s, not ${remainingMs} ms`;
    throw new CdcError('CDC_CONFIG', message, { hint: "Raise the function's timeout; a minute is right." });
  }
  const untilMs = deps.clock.now() + remainingMs - MARGIN_MS;
  const report = await sweep(deps, { shard, trustLeases: true, untilMs, rollAtOnce });
  const fields = { shard: shard.index, of: shard.of, ...report };
  if (report.left === 0) deps.log.info('sweep', fields);
  else deps.log.warn('sweep_cut_short', { ...fields, hint: 'share the tasks among more schedules' });
  return report;
}
