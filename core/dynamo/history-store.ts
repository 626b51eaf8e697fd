import { randomBytes } from 'node:crypto';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { HISTORY_KEPT_MS, type HistoryEntry, type HistoryStore } from '../history.ts';
import { json, jsonOf, number, text, textOf } from './attributes.ts';
import { HISTORY_PLACE, HISTORY_PREFIX, historyKey, keyItem } from './keys.ts';
import type { Requests } from './requests.ts';
import { TTL_ATTRIBUTE } from './table.ts';

/** Entries of one writer keep their order within a millisecond; those of two never meet. */
export function createHistoryStore(requests: Requests): HistoryStore {
  const writer = randomBytes(5).toString('hex');
  let sequence = 0;
  const ofTask = (taskId: string) => ({
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: {
      ':pk': text(historyKey(taskId, 0, 0, writer).pk),
      ':prefix': text(HISTORY_PREFIX),
    },
    ConsistentRead: true,
  });
  return {
    async append(taskId, entry) {
      sequence += 1;
      await requests.put({
        Item: {
          ...keyItem(historyKey(taskId, entry.atMs, sequence, writer)),
          json_body: json(entry),
          [TTL_ATTRIBUTE]: number(Math.floor((entry.atMs + HISTORY_KEPT_MS) / 1000)),
        },
      });
    },
    async page(taskId, { limit, cursor }) {
      const { pk } = historyKey(taskId, 0, 0, writer);
      const items = await requests.query({
        ...ofTask(taskId),
        ScanIndexForward: false,
        Limit: limit + 1,
        ...(cursor === undefined
          ? {}
          : { ExclusiveStartKey: keyItem({ pk, sk: decodeCursor(cursor, HISTORY_PLACE) }) }),
      });
      const entries = items.slice(0, limit).map((item) => jsonOf(item, 'json_body') as HistoryEntry);
      const last = items[limit - 1];
      const more = items.length > limit && last !== undefined;
      return { entries, ...(more ? { cursor: encodeCursor(textOf(last, 'sk')) } : {}) };
    },
    async delete(taskId) {
      const items = await requests.query({ ...ofTask(taskId), ProjectionExpression: 'pk, sk' });
      await requests.deleteMany(items.map((item) => ({ pk: textOf(item, 'pk'), sk: textOf(item, 'sk') })));
    },
  };
}
