import { decodeCursor, encodeCursor } from '../cursor.ts';
import { CdcError } from '../errors.ts';
import type { TaskPage, TaskRecord, TaskState, TaskStore } from '../task.ts';
import { type Item, number, onConflict, type Table, taskKey, text, textOf } from './items.ts';
import { ALL_TASKS, BY_STATE, BY_TASK } from './table.ts';

const META = 'META';
const keyOf = (taskId: string): { pk: string; sk: string } => ({ pk: taskKey(taskId), sk: META });
const record = (item: Item): TaskRecord => JSON.parse(textOf(item, 'item')) as TaskRecord;

function itemOf(task: TaskRecord): Item {
  return {
    pk: text(taskKey(task.taskId)),
    sk: text(META),
    list_of: text(ALL_TASKS),
    task_id: text(task.taskId),
    task_state: text(task.state),
    version: number(task.version),
    item: text(JSON.stringify(task)),
  };
}

function conflict(taskId: string): CdcError {
  return new CdcError('CDC_VERSION_CONFLICT', `task "${taskId}" has changed in the meantime`);
}

function exists(taskId: string, item: Item | null): CdcError {
  return item !== null && record(item).desired === 'deleted'
    ? new CdcError('CDC_TASK_DELETING', `task "${taskId}" is being deleted`)
    : new CdcError('CDC_TASK_EXISTS', `there is a task "${taskId}" already`);
}

export function createTaskStore(table: Table): TaskStore {
  return {
    async create(task) {
      await onConflict(
        () => table.put(itemOf(task), { ConditionExpression: 'attribute_not_exists(pk)' }),
        (item) => {
          throw exists(task.taskId, item);
        },
      );
    },
    async get(taskId) {
      const item = await table.get(keyOf(taskId));
      return item === null ? null : record(item);
    },
    list: (options) => listTasks(table, options),
    async update(task) {
      const next: TaskRecord = { ...task, version: task.version + 1 };
      const item = itemOf(next);
      await onConflict(
        () =>
          table.put(item, {
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': number(task.version) },
          }),
        () => {
          throw conflict(task.taskId);
        },
      );
      return record(item);
    },
    async remove(taskId, version) {
      await onConflict(
        () =>
          table.delete(keyOf(taskId), {
            expression: 'version = :version',
            values: { ':version': number(version) },
          }),
        () => {
          throw conflict(taskId);
        },
      );
    },
  };
}

async function listTasks(
  table: Table,
  options: { limit: number; cursor?: string; state?: TaskState },
): Promise<TaskPage> {
  const { limit, state } = options;
  const after = options.cursor === undefined ? '' : decodeCursor(options.cursor);
  const partition = state === undefined ? 'list_of = :of' : 'task_state = :of';
  const index = state === undefined ? BY_TASK : BY_STATE;
  const of = text(state ?? ALL_TASKS);
  const [keys, total] = await Promise.all([
    table.query({
      IndexName: index,
      KeyConditionExpression: after === '' ? partition : `${partition} AND task_id > :after`,
      ExpressionAttributeValues: after === '' ? { ':of': of } : { ':of': of, ':after': text(after) },
      Limit: limit + 1,
    }),
    table.count({
      IndexName: index,
      KeyConditionExpression: partition,
      ExpressionAttributeValues: { ':of': of },
    }),
  ]);
  const ids = keys.slice(0, limit).map((key) => textOf(key, 'task_id'));
  const items = await table.getMany(ids.map(keyOf));
  const byId = new Map(items.map(record).map((task) => [task.taskId, task]));
  const last = ids.at(-1);
  const more = keys.length > limit && last !== undefined;
  return {
    tasks: ids.map((id) => byId.get(id)).filter((task) => task !== undefined),
    total,
    ...(more ? { cursor: encodeCursor(last) } : {}),
  };
}
