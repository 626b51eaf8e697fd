/** Keys of the one table; see table.ts for what stands under them. Numbers are padded to sort as text. */
import { partOf, TASK_PARTS } from '../task-parts.ts';
import { type Item, text } from './attributes.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const taskPartition = (taskId: string): string => `TASK#${taskId}`;

/** The task that a partition key names. */
export const taskIdOf = (pk: string): string => pk.slice('TASK#'.length);

export const taskKey = (taskId: string): Key => ({ pk: taskPartition(taskId), sk: 'META' });
export const leaseKey = (taskId: string): Key => ({ pk: taskPartition(taskId), sk: 'LEASE' });
export const checkpointKey = (taskId: string): Key => ({ pk: taskPartition(taskId), sk: 'CHECKPOINT' });

/** Greater than all that a sort key of ours goes on with. */
export const LAST = '~';

export const SCHEMA_PREFIX = 'SCHEMA#';

export const schemaKey = (taskId: string, version: number): Key => ({
  pk: taskPartition(taskId),
  sk: `${SCHEMA_PREFIX}${String(version).padStart(15, '0')}`,
});

export const schemaChunkKey = (taskId: string, version: number, putId: string, chunk: number): Key => {
  const { pk, sk } = schemaKey(taskId, version);
  return { pk, sk: `${sk}#${putId}#${String(chunk).padStart(5, '0')}` };
};

export const HISTORY_PREFIX = 'HISTORY#';

export const historyKey = (taskId: string, atMs: number, sequence: number, writer: string): Key => {
  const place = `${String(atMs).padStart(15, '0')}#${String(sequence).padStart(9, '0')}#${writer}`;
  return { pk: taskPartition(taskId), sk: `${HISTORY_PREFIX}${place}` };
};

/** A sort key as historyKey makes it, with a writer of ten hexadecimal digits. */
export const HISTORY_PLACE = /^HISTORY#\d{15}#\d{9}#[0-9a-f]{10}$/;

export const COUNT_SHARDS = TASK_PARTS;

export const countKey = (shard: number): Key => ({
  pk: `COUNT#${String(shard).padStart(2, '0')}`,
  sk: 'COUNT',
});

export const countKeyOf = (taskId: string): Key => countKey(partOf(taskId));

export const keyItem = ({ pk, sk }: Key): Item => ({ pk: text(pk), sk: text(sk) });
