/** What a store says when DynamoDB has done what was asked and its answer did not come, or when nothing answers. */
import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamoStores } from '../../../../core/dynamo/create-stores.ts';
import { PATIENCE } from '../../../../core/dynamo/patience.ts';
import { createDynamoClient, createTable } from '../../../../core/dynamo/table.ts';
import { parseTaskSpec } from '../../../../core/parse-task-spec.ts';
import type { TaskRecord } from '../../../../core/task.ts';
import { testServers } from '../../../support/servers.ts';

const table = `galaxy-${randomUUID()}`;
let client: DynamoDBClient;
/** So many answers are lost from now on. */
let lose = 0;

beforeAll(async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  client = createDynamoClient({ endpoint, region: 'eu-west-1' });
  await createTable(client, table);
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      if (lose === 0) return answer;
      lose -= 1;
      throw Object.assign(new Error('the connection was cut behind the request'), { code: 'ECONNRESET' });
    },
    { step: 'deserialize', priority: 'low', name: 'losesAnswers' },
  );
});
afterAll(() => client.destroy());

const task = (taskId: string): TaskRecord => ({
  taskId,
  version: 1,
  spec: parseTaskSpec({
    task_id: taskId,
    mysql_config: { user: 'u', password: 'p', host: 'h', port: 3306 },
    database: 'd',
    tables: [],
    exclude_table: [],
    kafka_conf: { brokers: ['k:1'] },
  }) as unknown as TaskRecord['spec'],
  desired: 'running',
  state: 'pending',
  start: { epoch: 1, at: null },
  filters: [],
  serverId: 1,
  generation: 1,
  attempt: 0,
  failures: 0,
  run: null,
  nextLaunchAtMs: null,
  error: null,
  createdAtMs: 1,
  updatedAtMs: 1,
});

test('a task whose creation was not answered is created, not in use', async () => {
  const stores = createDynamoStores(client, table);
  lose = 1;
  await stores.tasks.create(task('lost-1'));
  expect(await stores.tasks.get('lost-1')).toMatchObject({ taskId: 'lost-1', version: 1 });
  await expect(stores.tasks.create(task('lost-1'))).rejects.toMatchObject({ code: 'CDC_TASK_EXISTS' });
});

test('an update whose answer was lost is no conflict with itself', async () => {
  const stores = createDynamoStores(client, table);
  await stores.tasks.create(task('lost-2'));
  lose = 2;
  expect(await stores.tasks.update({ ...task('lost-2'), failures: 7 })).toMatchObject({
    version: 2,
    failures: 7,
  });
  await expect(stores.tasks.update(task('lost-2'))).rejects.toMatchObject({ code: 'CDC_VERSION_CONFLICT' });
});

test('a lease whose acquisition was not answered is held by the one that asked', async () => {
  const stores = createDynamoStores(client, table);
  const wish = { taskId: 'lost-3', owner: 'me', generation: 1, ttlMs: 60_000, nowMs: 1_000 };
  lose = 1;
  expect(await stores.leases.acquire(wish)).toMatchObject({ owner: 'me' });
  expect(await stores.leases.acquire({ ...wish, owner: 'other' })).toBeNull();
});

test('a DynamoDB that takes connections and never answers is unavailable once the budget is spent', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const deaf = createDynamoClient({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-west-1' });
  try {
    const stores = createDynamoStores(deaf, table, { ...PATIENCE, budgetMs: 400, attemptMs: 150 });
    await expect(stores.checkpoints.load('t')).rejects.toMatchObject({ code: 'CDC_STORE_UNAVAILABLE' });
    // more than one try was made
    expect(sockets.size).toBeGreaterThan(1);
  } finally {
    deaf.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
