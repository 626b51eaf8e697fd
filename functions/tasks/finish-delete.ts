import type { TaskRecord } from '../../core/task.ts';
import type { ReconcilerDeps } from '../deps.ts';

/**
 * Forgets a task whose last runner is gone. The item goes last: as long as it is there the id can't be used
 * again, and a deletion that broke off is taken up at the next turn. The write before it makes sure that only
 * one reconciler does it. Topics and documents in sinks stay.
 */
export async function finishDelete(deps: ReconcilerDeps, task: TaskRecord): Promise<void> {
  const { stores, log } = deps;
  const { taskId } = task;
  const claimed = await stores.tasks.update({ ...task, run: null, updatedAtMs: deps.clock.now() });
  await stores.secrets.deleteAll(taskId);
  await stores.checkpoints.delete(taskId);
  await stores.schemas.prune(taskId);
  await stores.history.delete(taskId);
  await stores.leases.delete(taskId);
  await stores.tasks.remove(taskId, claimed.version);
  log.info('task_deleted', { taskId });
}
