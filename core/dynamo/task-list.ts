import { decodeCursor, encodeCursor, TASK_PLACE } from '../cursor.ts';
import type { TaskPage, TaskRecord, TaskState } from '../task.ts';
import { jsonOf, text, textOf } from './attributes.ts';
import { taskKey } from './keys.ts';
import type { Requests } from './requests.ts';
import { ALL_TASKS, BY_STATE, BY_TASK } from './table.ts';
import { countTasks } from './task-counts.ts';

interface ListOptions {
  readonly limit: number;
  readonly cursor?: string;
  readonly state?: TaskState;
}

/** Task ids after `after` as an index has them: it may lag behind the items by a moment. */
async function idsAfter(
  requests: Requests,
  after: string,
  state: TaskState | undefined,
  limit: number | null,
): Promise<string[]> {
  const partition = state === undefined ? 'list_of = :of' : 'task_state = :of';
  const keys = await requests.query({
    IndexName: state === undefined ? BY_TASK : BY_STATE,
    KeyConditionExpression: after === '' ? partition : `${partition} AND task_id > :after`,
    ExpressionAttributeValues: {
      ':of': text(state ?? ALL_TASKS),
      ...(after === '' ? {} : { ':after': text(after) }),
    },
    ...(limit === null ? {} : { Limit: limit }),
  });
  return keys.map((key) => textOf(key, 'task_id'));
}

/** About 100 bytes a task are read, however large its item is. */
export async function idsByState(
  requests: Requests,
  states: readonly TaskState[],
): Promise<Map<TaskState, string[]>> {
  const ids = await Promise.all(states.map((state) => idsAfter(requests, '', state, null)));
  return new Map(states.map((state, index) => [state, ids[index] ?? []]));
}

/** Pages go on after the last id, so that tasks which come and go between two pages shift nothing. */
async function readPage(requests: Requests, options: ListOptions): Promise<Omit<TaskPage, 'total'>> {
  const { limit, state } = options;
  const tasks: TaskRecord[] = [];
  let after = options.cursor === undefined ? '' : decodeCursor(options.cursor, TASK_PLACE);
  for (;;) {
    const room = limit - tasks.length;
    const ids = await idsAfter(requests, after, state, room + 1);
    const wanted = ids.slice(0, room);
    const items = await requests.getMany(wanted.map(taskKey));
    const found = items.map((item) => jsonOf(item, 'json_body') as TaskRecord);
    const byId = new Map(found.map((task) => [task.taskId, task]));
    for (const id of wanted) {
      const task = byId.get(id);
      // gone, or in another state by now: the index has not heard of it yet
      if (task !== undefined && (state === undefined || task.state === state)) tasks.push(task);
    }
    after = wanted.at(-1) ?? after;
    if (ids.length <= room) return { tasks };
    if (tasks.length === limit) return { tasks, cursor: encodeCursor(after) };
  }
}

export async function listTasks(requests: Requests, options: ListOptions): Promise<TaskPage> {
  const [page, total] = await Promise.all([readPage(requests, options), countTasks(requests, options.state)]);
  return { ...page, total };
}
