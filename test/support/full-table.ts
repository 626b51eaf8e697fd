/** A table with many tasks, written by the batch: what their creation one by one would have left behind. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { createDynamoStores } from '../../core/dynamo/create-stores.ts';
import { parseTaskSpec } from '../../core/parse-task-spec.ts';
import type { TaskRecord, TaskState } from '../../core/task.ts';
import { partOf, TASK_PARTS } from '../../core/task-parts.ts';
import { runStatus } from './control-plane.ts';

type DynamoStores = ReturnType<typeof createDynamoStores>;
type Item = Record<string, AttributeValue>;

export const idOf = (index: number): string => `t${String(index).padStart(6, '0')}`;
const MODEL_ID = 'model-of-all-tasks';

const model = (state: TaskState, nowMs: number): TaskRecord => ({
  taskId: MODEL_ID,
  version: 1,
  spec: {
    ...parseTaskSpec({
      task_id: MODEL_ID,
      mysql_config: { user: 'galaxy', password: '', host: 'mysql-17.example.com', port: 3306 },
      database: 'shop',
      tables: ['orders', 'order_lines', 'customers', 'payments'],
      kafka_conf: { brokers: ['b-1.example.com:9094', 'b-2.example.com:9094'] },
    }),
  },
  desired: state === 'stopped' ? 'stopped' : 'running',
  state,
  start: {
    epoch: 1,
    at: {
      file: 'binlog.004711',
      position: 93_881_234,
      gtidSet: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-88123456',
      serverUuid: '3e11fa47-71ca-11e1-9e33-c80aa9429562',
    },
  },
  filters: [{ version: 1, filter: { databases: ['shop'], tables: ['orders'], exclude: [] }, from: null }],
  serverId: 2_147_483_999,
  generation: 1,
  attempt: state === 'pending' ? 0 : 1,
  failures: 0,
  run:
    state === 'running'
      ? {
          id: `${MODEL_ID}/1/1/1`,
          handle: `arn:aws:ecs:eu-central-1:111122223333:task/galaxy/${MODEL_ID}`,
          generation: 1,
          launchedAtMs: nowMs - 600_000,
          revision: 'runner:1',
        }
      : null,
  nextLaunchAtMs: null,
  error: null,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

/** The item as the store writes it, with the id of another task in every place. */
function renamed(item: Item, taskId: string): Item {
  return JSON.parse(JSON.stringify(item).replaceAll(MODEL_ID, taskId)) as Item;
}

async function writeAll(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const queue = Array.from({ length: Math.ceil(items.length / 25) }, (_item, i) =>
    items.slice(i * 25, (i + 1) * 25),
  ).values();
  const worker = async (): Promise<void> => {
    for (const batch of queue) {
      let wanted = batch.map((Item) => ({ PutRequest: { Item } }));
      while (wanted.length > 0) {
        const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: wanted } }));
        wanted = (answer.UnprocessedItems?.[table] ?? []) as typeof wanted;
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

async function itemsOf(client: DynamoDBClient, table: string, sk: string): Promise<Item> {
  const Key = { pk: { S: `TASK#${MODEL_ID}` }, sk: { S: sk } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  if (Item === undefined) throw new Error(`the model has no ${sk}`);
  return Item;
}

export interface FullTable {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly stores: DynamoStores;
  readonly nowMs: number;
}

/**
 * So many tasks of each state, in this order, with ids from t000000 on. Those that run hold a lease of an hour and have
 * a checkpoint, as far as `withCheckpoint` of them.
 */
export async function fillTable(
  { client, table, stores, nowMs }: FullTable,
  counts: Partial<Record<TaskState, number>>,
  withCheckpoint = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const items: Item[] = [];
  const ids: string[] = [];
  const totals = Array.from({ length: TASK_PARTS }, () => new Map<string, number>());
  for (const [state, count] of Object.entries(counts) as [TaskState, number][]) {
    const task = model(state, nowMs);
    await stores.tasks.create(task);
    const models = [await itemsOf(client, table, 'META')];
    if (task.run !== null) {
      const owner = task.run.id;
      const request = { taskId: MODEL_ID, owner, generation: 1, ttlMs: 3_600_000, nowMs };
      const lease = await stores.leases.acquire(request);
      if (lease === null) throw new Error('the model is leased');
      await stores.leases.renew(lease, runStatus({ atMs: nowMs }), 3_600_000, nowMs);
      await stores.checkpoints.save(MODEL_ID, lease.fencingToken, {
        file: 'binlog.004711',
        position: 93_981_234,
        gtidSet: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-88223456',
        source: { serverUuid: '3e11fa47-71ca-11e1-9e33-c80aa9429562', flavor: 'mysql' },
        startEpoch: 1,
        rows: 100_000,
        sourceTimeMs: nowMs,
        savedAtMs: nowMs,
        schemaVersion: null,
      });
      models.push(await itemsOf(client, table, 'LEASE'), await itemsOf(client, table, 'CHECKPOINT'));
    }
    await stores.tasks.remove(MODEL_ID, 1);
    for (let i = 0; i < count; i += 1) {
      const taskId = idOf(ids.length);
      ids.push(taskId);
      const own = i < withCheckpoint ? models : models.slice(0, 2);
      items.push(...own.map((item) => renamed(item, taskId)));
      const total = totals[partOf(taskId)];
      total?.set(`in_${state}`, (total.get(`in_${state}`) ?? 0) + 1);
    }
  }
  const counters = totals.map((total, part): Item => {
    const key = { pk: { S: `COUNT#${String(part).padStart(2, '0')}` }, sk: { S: 'COUNT' } };
    const values = [...total].map(([name, value]): [string, AttributeValue] => [name, { N: String(value) }]);
    return { ...key, ...Object.fromEntries(values) };
  });
  await writeAll(client, table, [...items, ...counters]);
  return ids;
}
