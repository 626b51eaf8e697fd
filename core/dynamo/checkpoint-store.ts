import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';
import { CdcError } from '../errors.ts';
import { type Item, json, jsonOf, number, numberOf, textOf } from './attributes.ts';
import { onConflict } from './errors.ts';
import { checkpointKey, leaseKey, taskIdOf } from './keys.ts';
import type { Requests } from './requests.ts';

/** The checkpoint is open to the writer with `:token`: no newer one is there, and it was not forgotten since. */
export const OPEN_TO_TOKEN =
  'attribute_not_exists(pk) OR fencing_token < :token OR (fencing_token = :token AND attribute_not_exists(is_closed))';

export function newerRunner(taskId: string): CdcError {
  return new CdcError('CDC_LEASE_LOST', `a newer runner writes the checkpoint of task "${taskId}"`);
}

const checkpointOf = (item: Item | null): Checkpoint | null =>
  item === null ? null : (jsonOf(item, 'json_body') as Checkpoint | null);

/** Writes as the owner of `token`; CDC_LEASE_LOST. */
async function write(
  requests: Requests,
  taskId: string,
  token: number,
  change: { set: string; values: Item; answer: 'ALL_NEW' | 'NONE' },
): Promise<Item> {
  return await onConflict(
    () =>
      requests.update(checkpointKey(taskId), {
        UpdateExpression: `SET fencing_token = :token${change.set} REMOVE is_closed`,
        ConditionExpression: OPEN_TO_TOKEN,
        ExpressionAttributeValues: { ':token': number(token), ...change.values },
        ReturnValues: change.answer,
      }),
    () => {
      throw newerRunner(taskId);
    },
  );
}

/**
 * Closes the checkpoint at the height of the newest token that any runner of the task had, claimed or not. False
 * where a newer one has come in between.
 */
async function close(requests: Requests, taskId: string): Promise<boolean> {
  const items = await requests.getMany([leaseKey(taskId), checkpointKey(taskId)]);
  if (items.length === 0) return true;
  const height = Math.max(...items.map((item) => numberOf(item, 'fencing_token')));
  return await onConflict(
    async () => {
      await requests.update(checkpointKey(taskId), {
        UpdateExpression: 'SET fencing_token = :height, is_closed = :closed REMOVE json_body',
        ConditionExpression: 'attribute_not_exists(pk) OR fencing_token <= :height',
        ExpressionAttributeValues: { ':height': number(height), ':closed': { BOOL: true } },
      });
      return true;
    },
    () => false,
  );
}

/** A forgotten checkpoint keeps its item: a late writer must not bring it back, also not under a task made anew. */
export function createCheckpointStore(requests: Requests): CheckpointStore {
  return {
    async claim(taskId, token) {
      return checkpointOf(await write(requests, taskId, token, { set: '', values: {}, answer: 'ALL_NEW' }));
    },
    async save(taskId, token, checkpoint) {
      const values = { ':body': json(checkpoint) };
      await write(requests, taskId, token, { set: ', json_body = :body', values, answer: 'NONE' });
    },
    async load(taskId) {
      return checkpointOf(await requests.get(checkpointKey(taskId)));
    },
    async loadMany(taskIds) {
      const items = await requests.getMany(taskIds.map(checkpointKey));
      return new Map(
        items.flatMap((item): [string, Checkpoint][] => {
          const checkpoint = checkpointOf(item);
          return checkpoint === null ? [] : [[taskIdOf(textOf(item, 'pk')), checkpoint]];
        }),
      );
    },
    async delete(taskId) {
      // each turn that fails has seen a newer runner come; they do not come without end
      while (!(await close(requests, taskId)));
    },
  };
}
