/**
 * A schema history in parts, each put under an id of its own, and a head that names the put that counts. The
 * head is written last, on condition that the writer's token still holds: a put that was cut off, or that two
 * runners made of one version at once, is never read as a mixture. Parts that no head names go with their version.
 */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { SchemaStore } from '../checkpoint.ts';
import { type Item, number, numberOf, text, textOf } from './attributes.ts';
import { newerRunner, OPEN_TO_TOKEN } from './checkpoint-store.ts';
import { onConflict } from './errors.ts';
import { checkpointKey, keyItem, LAST, SCHEMA_PREFIX, schemaChunkKey, schemaKey } from './keys.ts';
import type { Requests } from './requests.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const CHUNK_BYTES = 350_000;

/** True where the writer's token holds, and `head`, if any, is written. */
async function asWriter(requests: Requests, taskId: string, token: number, head?: Item): Promise<boolean> {
  const check = {
    Key: keyItem(checkpointKey(taskId)),
    ConditionExpression: OPEN_TO_TOKEN,
    ExpressionAttributeValues: { ':token': number(token) },
  };
  return await onConflict(
    async () => {
      await requests.transact([
        { ConditionCheck: check },
        ...(head === undefined ? [] : [{ Put: { Item: head } }]),
      ]);
      return true;
    },
    () => false,
  );
}

async function put(
  requests: Requests,
  taskId: string,
  token: number,
  version: number,
  state: Uint8Array,
): Promise<void> {
  // a runner that has lost its lease should not leave parts behind
  if (!(await asWriter(requests, taskId, token))) throw newerRunner(taskId);
  const packed = await compress(state);
  const putId = randomBytes(8).toString('hex');
  const keys = Array.from({ length: Math.ceil(packed.length / CHUNK_BYTES) }, (_item, chunk) =>
    schemaChunkKey(taskId, version, putId, chunk),
  );
  await requests.putMany(
    keys.map((key, chunk) => ({
      ...keyItem(key),
      state_part: { B: packed.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES) },
    })),
  );
  const head: Item = {
    ...keyItem(schemaKey(taskId, version)),
    put_id: text(putId),
    packed_bytes: number(packed.length),
  };
  if (await asWriter(requests, taskId, token, head)) return;
  await requests.deleteMany(keys);
  throw newerRunner(taskId);
}

async function get(requests: Requests, taskId: string, version: number): Promise<Uint8Array | null> {
  const head = await requests.get(schemaKey(taskId, version));
  if (head === null) return null;
  const { pk, sk } = schemaKey(taskId, version);
  const parts = await requests.query({
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': text(pk), ':prefix': text(`${sk}#${textOf(head, 'put_id')}#`) },
    ConsistentRead: true,
  });
  const packed = Buffer.concat(parts.map((part) => part.state_part?.B ?? new Uint8Array(0)));
  // pruned in between
  if (packed.length !== numberOf(head, 'packed_bytes')) return null;
  return await decompress(packed);
}

async function prune(requests: Requests, taskId: string, version: number | undefined): Promise<void> {
  if (version !== undefined && version <= 0) return;
  const { pk, sk } = schemaKey(taskId, version === undefined ? 0 : version - 1);
  const items = await requests.query({
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': text(pk),
      ':from': text(SCHEMA_PREFIX),
      ':to': text(version === undefined ? `${SCHEMA_PREFIX}${LAST}` : `${sk}#${LAST}`),
    },
    ProjectionExpression: 'pk, sk',
    ConsistentRead: true,
  });
  await requests.deleteMany(items.map((item) => ({ pk: textOf(item, 'pk'), sk: textOf(item, 'sk') })));
}

export function createSchemaStore(requests: Requests): SchemaStore {
  return {
    put: (taskId, token, version, state) => put(requests, taskId, token, version, state),
    get: (taskId, version) => get(requests, taskId, version),
    prune: (taskId, version) => prune(requests, taskId, version),
  };
}
