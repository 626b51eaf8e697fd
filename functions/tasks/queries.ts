import type { TaskState } from '../../core/task.ts';
import type { ServiceDeps } from '../deps.ts';
import { existingTask } from './service.ts';
import { type TaskView, viewTask } from './view.ts';

export interface TaskList {
  /** By task id; made by fromEntries, as `__proto__` is a possible id. */
  readonly task: Readonly<Record<string, TaskView>>;
  readonly total: number;
  readonly cursor?: string;
}

export async function listTasks(
  deps: Pick<ServiceDeps, 'stores' | 'clock'>,
  query: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly state?: TaskState | undefined;
  },
): Promise<TaskList> {
  const { limit, cursor, state } = query;
  const page = await deps.stores.tasks.list({
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(state === undefined ? {} : { state }),
  });
  const tasks = page.tasks.filter((task) => task.desired !== 'deleted');
  const taskIds = tasks.map((task) => task.taskId);
  const [leases, checkpoints] = await Promise.all([
    deps.stores.leases.loadMany(taskIds),
    deps.stores.checkpoints.loadMany(taskIds),
  ]);
  const nowMs = deps.clock.now();
  const views = tasks.map((task): [string, TaskView] => {
    const lease = leases.get(task.taskId) ?? null;
    return [task.taskId, viewTask(task, lease, checkpoints.get(task.taskId) ?? null, nowMs)];
  });
  return {
    task: Object.fromEntries(views),
    total: page.total - (page.tasks.length - tasks.length),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}

/** CDC_TASK_NOT_FOUND. */
export async function showTask(
  deps: Pick<ServiceDeps, 'stores' | 'clock'>,
  taskId: string,
): Promise<TaskView> {
  const task = await existingTask(deps, taskId);
  const [lease, checkpoint] = await Promise.all([
    deps.stores.leases.load(taskId),
    deps.stores.checkpoints.load(taskId),
  ]);
  return viewTask(task, lease, checkpoint, deps.clock.now());
}

/** CDC_TASK_NOT_FOUND; CDC_INVALID_REQUEST for a cursor that is none. */
export async function historyOf(
  deps: Pick<ServiceDeps, 'stores'>,
  taskId: string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
) {
  await existingTask(deps, taskId);
  const { limit, cursor } = query;
  const page = await deps.stores.history.page(taskId, { limit, ...(cursor === undefined ? {} : { cursor }) });
  const entries = page.entries.map(({ atMs, ...entry }) => ({ at: new Date(atMs).toISOString(), ...entry }));
  return { entries, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
}
