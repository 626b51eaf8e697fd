import { CdcError, toCdcError } from '../../core/errors.ts';
import type { HistoryEntry } from '../../core/history.ts';
import type { TaskRecord } from '../../core/task.ts';
import type { Stores, Surroundings } from '../deps.ts';

/** More writers than this at one task in one moment there are not; a defect must not become an endless loop. */
const ATTEMPTS_MAX = 12;

export function taskNotFound(taskId: string): CdcError {
  return new CdcError('CDC_TASK_NOT_FOUND', `there is no task "${taskId}"`);
}

/**
 * Changes a task by compare-and-set: reads it, asks `change` for the new record (null: leave it as it is) and
 * writes it, again from the start while another writer comes in between. `change` may throw to refuse; it runs
 * once per try and must not act. With `known`, as it was read a moment ago, the first try reads nothing.
 * CDC_TASK_NOT_FOUND; CDC_VERSION_CONFLICT after many tries.
 */
export async function changeTask(
  deps: { readonly stores: Pick<Stores, 'tasks'> } & Pick<Surroundings, 'clock' | 'random' | 'sleep'>,
  taskId: string,
  change: (task: TaskRecord) => TaskRecord | null,
  known: TaskRecord | null = null,
): Promise<TaskRecord> {
  for (let attempt = 1; ; attempt += 1) {
    const task = attempt === 1 && known !== null ? known : await deps.stores.tasks.get(taskId);
    if (task === null) throw taskNotFound(taskId);
    const next = change(task);
    if (next === null) return task;
    try {
      return await deps.stores.tasks.update({ ...next, updatedAtMs: deps.clock.now() }, task.state);
    } catch (error) {
      if (toCdcError(error).code !== 'CDC_VERSION_CONFLICT' || attempt >= ATTEMPTS_MAX) throw error;
      await deps.sleep(Math.round(deps.random() * 10 * attempt));
    }
  }
}

/** Appends to the history; a history that can't be written never undoes what has happened. */
export async function remember(
  deps: { readonly stores: Pick<Stores, 'history'> } & Pick<Surroundings, 'clock' | 'log'>,
  taskId: string,
  kind: HistoryEntry['kind'],
  message: string,
  details?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entry = { atMs: deps.clock.now(), kind, message, ...(details === undefined ? {} : { details }) };
  try {
    await deps.stores.history.append(taskId, entry);
  } catch (error) {
    deps.log.warn('history_not_written', { taskId, kind, error: toCdcError(error).message });
  }
}
