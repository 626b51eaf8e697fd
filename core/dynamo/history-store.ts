import { randomBytes } from 'node:crypto';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { HistoryEntry, HistoryStore } from '../history.ts';
import { number, type Table, taskKey, text, textOf } from './items.ts';
import { TTL_ATTRIBUTE } from './table.ts';

const KEPT_DAYS = 90;
const PREFIX = 'HISTORY#';

/** Entries of one writer keep their order within a millisecond; those of two never meet. */
function sequences(): () => string {
  const writer = randomBytes(5).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${String(count).padStart(9, '0')}#${writer}`;
  };
}

export function createHistoryStore(table: Table): HistoryStore {
  const nextSequence = sequences();
  return {
    async append(taskId, entry) {
      await table.put({
        pk: text(taskKey(taskId)),
        sk: text(`${PREFIX}${String(entry.atMs).padStart(15, '0')}#${nextSequence()}`),
        item: text(JSON.stringify(entry)),
        [TTL_ATTRIBUTE]: number(Math.floor(entry.atMs / 1000) + KEPT_DAYS * 86_400),
      });
    },
    async page(taskId, { limit, cursor }) {
      const before = cursor === undefined ? `${PREFIX}~` : decodeCursor(cursor);
      const items = await table.query({
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': text(taskKey(taskId)),
          ':from': text(PREFIX),
          ':to': text(before),
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        // BETWEEN has the cursor's own entry in it
        Limit: limit + 2,
      });
      const rest = items.filter((item) => textOf(item, 'sk') !== before);
      const entries = rest.slice(0, limit).map((item) => JSON.parse(textOf(item, 'item')) as HistoryEntry);
      const last = rest[limit - 1];
      const more = rest.length > limit && last !== undefined;
      return { entries, ...(more ? { cursor: encodeCursor(textOf(last, 'sk')) } : {}) };
    },
    async delete(taskId) {
      const items = await table.query({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': text(taskKey(taskId)), ':prefix': text(PREFIX) },
        ConsistentRead: true,
      });
      await table.deleteMany(items.map((item) => ({ pk: textOf(item, 'pk'), sk: textOf(item, 'sk') })));
    },
  };
}
