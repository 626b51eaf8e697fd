import { randomUUID } from 'node:crypto';
import { CdcError } from '../errors.ts';
import type { TaskRecord, TaskState, TaskStore } from '../task.ts';
import { type Item, json, jsonOf, number, numberOf, text, textOf } from './attributes.ts';
import { onConflict } from './errors.ts';
import { keyItem, taskKey } from './keys.ts';
import type { Requests } from './requests.ts';
import { ALL_TASKS } from './table.ts';
import { countMove } from './task-counts.ts';
import { idsByState, listTasks } from './task-list.ts';

const record = (item: Item): TaskRecord => jsonOf(item, 'json_body') as TaskRecord;
const stateOf = (item: Item): TaskState => textOf(item, 'task_state') as TaskState;

function itemOf(task: TaskRecord): Item {
  return {
    ...keyItem(taskKey(task.taskId)),
    list_of: text(ALL_TASKS),
    task_id: text(task.taskId),
    task_state: text(task.state),
    task_version: number(task.version),
    json_body: json(task),
    // tells a write whose answer was lost from another writer's
    write_id: text(randomUUID()),
  };
}

function conflict(taskId: string): CdcError {
  return new CdcError('CDC_VERSION_CONFLICT', `task "${taskId}" has changed in the meantime`);
}

function inUse(taskId: string, item: Item | null): CdcError {
  return item !== null && record(item).desired === 'deleted'
    ? new CdcError('CDC_TASK_DELETING', `task "${taskId}" is being deleted`)
    : new CdcError('CDC_TASK_EXISTS', `there is a task "${taskId}" already`);
}

/** Moves the counters too. */
async function replaceState(
  requests: Requests,
  { taskId, state }: TaskRecord,
  item: Item,
  stood: { readonly version: number; readonly state: TaskState },
): Promise<void> {
  await onConflict(
    () =>
      requests.transact([
        {
          Put: {
            Item: item,
            ConditionExpression: 'task_version = :version AND task_state = :state',
            ExpressionAttributeValues: { ':version': number(stood.version), ':state': text(stood.state) },
          },
        },
        countMove(taskId, { from: stood.state, to: state }),
      ]),
    () => {
      throw conflict(taskId);
    },
  );
}

/**
 * Writes `item` over `version`. Most writes leave the state as it is and are a plain put on that condition; the
 * item that stood in the way tells the state to count down where it has changed, for as long as it has `version`.
 */
async function replace(requests: Requests, task: TaskRecord, item: Item, version: number): Promise<void> {
  const stood = await onConflict<Item | null | 'written'>(
    async () => {
      await requests.put({
        Item: item,
        ConditionExpression: 'task_version = :version AND task_state = :state',
        ExpressionAttributeValues: { ':version': number(version), ':state': text(task.state) },
      });
      return 'written';
    },
    (found) => (found !== null && textOf(found, 'write_id') === textOf(item, 'write_id') ? 'written' : found),
  );
  if (stood === 'written') return;
  if (stood === null || numberOf(stood, 'task_version') !== version) throw conflict(task.taskId);
  await replaceState(requests, task, item, { version, state: stateOf(stood) });
}

async function remove(requests: Requests, taskId: string, version: number): Promise<void> {
  const stands = await requests.get(taskKey(taskId));
  if (stands === null || numberOf(stands, 'task_version') !== version) throw conflict(taskId);
  await onConflict(
    () =>
      requests.transact([
        {
          Delete: {
            Key: keyItem(taskKey(taskId)),
            ConditionExpression: 'task_version = :version',
            ExpressionAttributeValues: { ':version': number(version) },
          },
        },
        countMove(taskId, { from: stateOf(stands) }),
      ]),
    () => {
      throw conflict(taskId);
    },
  );
}

export function createTaskStore(requests: Requests): TaskStore {
  return {
    async create(task) {
      const put = {
        Item: itemOf(task),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      };
      await onConflict(
        () => requests.transact([{ Put: put }, countMove(task.taskId, { to: task.state })]),
        (item) => {
          throw inUse(task.taskId, item);
        },
      );
    },
    async get(taskId) {
      const item = await requests.get(taskKey(taskId));
      return item === null ? null : record(item);
    },
    async getMany(taskIds) {
      return (await requests.getMany(taskIds.map(taskKey))).map(record);
    },
    idsByState: (states) => idsByState(requests, states),
    list: (options) => listTasks(requests, options),
    async update(task, from = task.state) {
      const next: TaskRecord = { ...task, version: task.version + 1 };
      const item = itemOf(next);
      const { version, state } = task;
      if (from === state) await replace(requests, next, item, version);
      else await replaceState(requests, next, item, { version, state: from });
      return record(item);
    },
    remove: (taskId, version) => remove(requests, taskId, version),
  };
}
