/** Brings one task from what is observed to what is wanted. */
import { toCdcError } from '../../core/errors.ts';
import type { RunHandle, RunObservation } from '../../core/launcher.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { decide, type Observed } from './decide.ts';
import { execute } from './execute.ts';

/** Steps of one task in one turn; the longest way is revoke, retry-later, launch. */
const STEPS_MAX = 6;

/**
 * The task as it stands afterwards; null where it is gone, or where another reconciler is at it: then its turn is as
 * good as this one.
 */
export async function reconcileObserved(deps: ReconcilerDeps, first: Observed): Promise<Observed | null> {
  let observed = first;
  try {
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const step = await execute(deps, observed, decide(observed));
      if (step === null) return null;
      observed = step.observed;
      if (!step.again) break;
    }
    return observed;
  } catch (cause) {
    const error = toCdcError(cause);
    if (error.code === 'CDC_VERSION_CONFLICT' || error.code === 'CDC_TASK_NOT_FOUND') return null;
    throw error;
  }
}

/** What somebody has been told of a run by its platform. */
export interface SeenRun {
  readonly handle: RunHandle;
  readonly observation: RunObservation;
}

/** One task, now. No task of that id is no error. With `seen`, only if that is its run, which is then not asked about. */
export async function reconcileTask(deps: ReconcilerDeps, taskId: string, seen?: SeenRun): Promise<void> {
  const task = await deps.stores.tasks.get(taskId);
  if (task === null) return;
  const handle = task.run?.handle ?? null;
  if (seen !== undefined && seen.handle !== handle) return;
  const [lease, runs] = await Promise.all([
    deps.stores.leases.load(taskId),
    seen === undefined && handle !== null ? deps.launcher.describe([handle]) : null,
  ]);
  const run = handle === null ? null : (seen?.observation ?? runs?.get(handle) ?? null);
  await reconcileObserved(deps, { task, lease, run, nowMs: deps.clock.now() });
}
