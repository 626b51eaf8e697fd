/** Runs that no task knows: their launch was answered to nobody, or their task is gone. */
import { type Parts, runIdOf, type StrayRun } from '../../core/launcher.ts';
import type { TaskRecord } from '../../core/task.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { forEachBounded } from '../for-each-bounded.ts';

const CONCURRENCY = 8;
/** A run that was started a moment ago may be in the middle of its launch. */
const LAUNCH_MS = 60_000;

/** Is this run, which was on no record a moment ago, one that nobody wants any more? */
export function isStray(task: TaskRecord | null, run: StrayRun, nowMs: number): boolean {
  if (task === null) return true;
  if (task.run !== null && task.run.handle === run.handle) return false;
  const young = run.startedAtMs !== null && nowMs - run.startedAtMs < LAUNCH_MS;
  if (task.run !== null) return task.run.id !== run.runId || !young;
  if (task.desired !== 'running' || run.generation < task.generation) return true;
  // The launch whose answer got lost is repeated under its id; one before it will not be.
  return run.runId !== runIdOf({ ...task, attempt: task.attempt + 1 }) && !young;
}

/** The number of runs that were asked to stop. */
export async function stopStrays(
  deps: ReconcilerDeps,
  known: ReadonlySet<string>,
  parts: Parts,
): Promise<number> {
  let stopped = 0;
  const strays = await deps.launcher.strayRuns(known, parts);
  await forEachBounded(strays, CONCURRENCY, async (run) => {
    const { handle, taskId, generation } = run;
    if (!isStray(await deps.stores.tasks.get(taskId), run, deps.clock.now())) return;
    deps.log.warn('orphan_stopped', { taskId, generation });
    await deps.launcher.stop(handle, 'no task knows this run');
    stopped += 1;
  });
  return stopped;
}
