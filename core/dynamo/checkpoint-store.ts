import { gunzipSync, gzipSync } from 'node:zlib';
import type { Checkpoint, CheckpointStore, SchemaStore } from '../checkpoint.ts';
import { CdcError } from '../errors.ts';
import { type Item, number, numberOf, onConflict, type Table, taskKey, text, textOf } from './items.ts';

const keyOf = (taskId: string): { pk: string; sk: string } => ({ pk: taskKey(taskId), sk: 'CHECKPOINT' });
const TOKEN = { '#token': 'token' };

function lost(taskId: string): CdcError {
  return new CdcError('CDC_LEASE_LOST', `a newer runner writes the checkpoint of task "${taskId}"`);
}

function checkpointOf(item: Item | null): Checkpoint | null {
  return item?.item === undefined ? null : (JSON.parse(textOf(item, 'item')) as Checkpoint);
}

/** A forgotten checkpoint keeps its item for the height of the token: a late writer must not bring it back. */
export function createCheckpointStore(table: Table): CheckpointStore {
  return {
    async claim(taskId, token) {
      const item = await onConflict(
        () =>
          table.update(keyOf(taskId), {
            UpdateExpression: 'SET #token = :token',
            ConditionExpression: 'attribute_not_exists(pk) OR #token <= :token',
            ExpressionAttributeNames: TOKEN,
            ExpressionAttributeValues: { ':token': number(token) },
          }),
        () => {
          throw lost(taskId);
        },
      );
      return checkpointOf(item);
    },
    async save(taskId, token, checkpoint) {
      await onConflict(
        () =>
          table.update(keyOf(taskId), {
            UpdateExpression: 'SET #item = :item',
            ConditionExpression: '#token = :token',
            ExpressionAttributeNames: { ...TOKEN, '#item': 'item' },
            ExpressionAttributeValues: { ':item': text(JSON.stringify(checkpoint)), ':token': number(token) },
          }),
        () => {
          throw lost(taskId);
        },
      );
    },
    async load(taskId) {
      return checkpointOf(await table.get(keyOf(taskId)));
    },
    async delete(taskId) {
      await onConflict(
        async () => {
          await table.update(keyOf(taskId), {
            UpdateExpression: 'REMOVE #item ADD #token :one',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeNames: { ...TOKEN, '#item': 'item' },
            ExpressionAttributeValues: { ':one': number(1) },
          });
        },
        () => undefined,
      );
    },
  };
}

/** An item may have 400 KB, keys and names included. */
const CHUNK_BYTES = 350_000;
const versionKey = (version: number): string => `SCHEMA#${String(version).padStart(15, '0')}`;

function chunksOf(table: Table, taskId: string, from: string, to: string): Promise<Item[]> {
  return table.query({
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': text(taskKey(taskId)), ':from': text(from), ':to': text(to) },
    ConsistentRead: true,
  });
}

export function createSchemaStore(table: Table): SchemaStore {
  return {
    async put(taskId, token, version, state) {
      const owner = await table.get(keyOf(taskId));
      if (owner !== null && numberOf(owner, 'token') > token) throw lost(taskId);
      const packed = gzipSync(state);
      const count = Math.max(1, Math.ceil(packed.length / CHUNK_BYTES));
      for (let chunk = 0; chunk < count; chunk += 1) {
        await table.put({
          pk: text(taskKey(taskId)),
          sk: text(`${versionKey(version)}#${String(chunk).padStart(5, '0')}`),
          chunks: number(count),
          state: { B: packed.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES) },
        });
      }
    },
    async get(taskId, version) {
      const items = await chunksOf(table, taskId, `${versionKey(version)}#`, `${versionKey(version)}#~`);
      const [first] = items;
      // a put that was cut off is no version
      if (first === undefined || items.length < numberOf(first, 'chunks')) return null;
      return gunzipSync(Buffer.concat(items.map((item) => item.state?.B ?? new Uint8Array(0))));
    },
    async prune(taskId, version) {
      const to = version === undefined ? 'SCHEMA#~' : versionKey(version);
      const items = await chunksOf(table, taskId, 'SCHEMA#', to);
      await table.deleteMany(items.map((item) => ({ pk: textOf(item, 'pk'), sk: textOf(item, 'sk') })));
    },
  };
}
