/** How many tasks there are, by state: counters that move in the transaction that moves a task. */
import type { TaskState } from '../task.ts';
import { number, numberOf } from './attributes.ts';
import { COUNT_SHARDS, countKey, countKeyOf, keyItem } from './keys.ts';
import type { Requests, TransactPart } from './requests.ts';

const STATES: Readonly<Record<TaskState, string>> = {
  pending: 'in_pending',
  starting: 'in_starting',
  running: 'in_running',
  stopping: 'in_stopping',
  stopped: 'in_stopped',
  failed: 'in_failed',
};

/** The part of a transaction that takes a task out of state `from` and into state `to`. */
export function countMove(taskId: string, move: { from?: TaskState; to?: TaskState }): TransactPart {
  const { from, to } = move;
  const adds = [
    ...(from === undefined ? [] : [`${STATES[from]} :minus`]),
    ...(to === undefined ? [] : [`${STATES[to]} :plus`]),
  ];
  return {
    Update: {
      Key: keyItem(countKeyOf(taskId)),
      UpdateExpression: `ADD ${adds.join(', ')}`,
      ExpressionAttributeValues: {
        ...(from === undefined ? {} : { ':minus': number(-1) }),
        ...(to === undefined ? {} : { ':plus': number(1) }),
      },
    },
  };
}

/** Tasks in `state`, or in all. */
export async function countTasks(requests: Requests, state: TaskState | undefined): Promise<number> {
  const shards = await requests.getMany(Array.from({ length: COUNT_SHARDS }, (_item, i) => countKey(i)));
  const names = state === undefined ? Object.values(STATES) : [STATES[state]];
  return shards.reduce((total, shard) => names.reduce((sum, name) => sum + numberOf(shard, name), total), 0);
}
