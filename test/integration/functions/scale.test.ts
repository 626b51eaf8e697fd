/** What 10,000 tasks in a table cost: counted, not timed. `npm run scale` tells the times. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamoStores } from '../../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../../core/dynamo/table.ts';
import { silentLog } from '../../../core/log.ts';
import { systemSurroundings } from '../../../functions/system-surroundings.ts';
import { listTasks } from '../../../functions/tasks/queries.ts';
import { sweep, WHOLE_SWEEP } from '../../../functions/tasks/sweep.ts';
import { FakeLauncher, runStatus } from '../../support/control-plane.ts';
import { fillTable } from '../../support/full-table.ts';
import { testServers } from '../../support/servers.ts';
import { TableCounter } from '../../support/table-counter.ts';

const RUNNING = 9_000;
const STOPPED = 1_000;
const ON_AWS = { ...WHOLE_SWEEP, trustLeases: true };

let client: DynamoDBClient;
let deps: Parameters<typeof sweep>[0];
let ids: string[];
const launcher = new FakeLauncher();
const counter = new TableCounter();
/** Not in the minute of the hour that looks at tasks at rest as well. */
const NOW_MS = Date.now() - (Date.now() % 3_600_000) + 600_000;

beforeAll(async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  client = createDynamoClient({ endpoint, region: 'eu-west-1' });
  const table = `galaxy-${randomUUID()}`;
  await createTable(client, table);
  const stores = createDynamoStores(client, table);
  const counts = { running: RUNNING, stopped: STOPPED };
  ids = await fillTable({ client, table, stores, nowMs: NOW_MS }, counts, 1_100);
  const clock = { now: () => NOW_MS };
  deps = {
    ...systemSurroundings(silentLog),
    clock,
    launcher,
    stores: { ...stores, secrets: null as never },
  };
  counter.attach(client);
});
afterAll(() => client.destroy());

const unitsOf = (name: string): number => counter.units.get(name) ?? 0;

test.each([
  [20, { Query: 1, BatchGetItem: 4 }],
  [100, { Query: 1, BatchGetItem: 4 }],
  [1_000, { Query: 2, BatchGetItem: 31 }],
])('a page of %i takes so many requests, and reads its own tasks only', async (limit, requests) => {
  counter.reset();
  const page = await listTasks(deps, { limit });
  expect(page.total).toBe(RUNNING + STOPPED);
  expect(Object.keys(page.task)).toEqual(ids.slice(0, limit));
  const { Query = 0, BatchGetItem } = Object.fromEntries(counter.requests);
  expect(BatchGetItem).toBe(requests.BatchGetItem);
  expect(Query).toBeLessThanOrEqual(requests.Query);
  for (const kind of ['META', 'LEASE', 'CHECKPOINT']) expect(counter.readsOf(kind).size, kind).toBe(limit);
  expect(counter.readsOf('COUNT').size).toBe(16);
  expect(unitsOf('table')).toBeLessThanOrEqual(limit * 3 + 16);
});

test('pages by state, also far into the list, cost the same', async () => {
  const far = await listTasks(deps, { limit: 1_000, state: 'running' });
  counter.reset();
  const page = await listTasks(deps, { limit: 100, state: 'running', cursor: far.cursor });
  expect(page.total).toBe(RUNNING);
  expect(Object.keys(page.task)).toEqual(ids.slice(1_000, 1_100));
  expect(counter.requests.get('BatchGetItem')).toBe(4);
  expect(unitsOf('by_state')).toBeLessThanOrEqual(2);
});

test('a sweep reads each task that runs once, and none that is stopped', async () => {
  counter.reset();
  const report = await sweep(deps, ON_AWS);
  expect(report).toMatchObject({ tasks: RUNNING, looked: RUNNING, left: 0, described: 0, errors: 0 });
  for (const kind of ['META', 'LEASE']) {
    const reads = counter.readsOf(kind);
    expect([...reads.keys()].every((id) => id < (ids[RUNNING] ?? ''))).toBe(true);
    expect(reads.size, kind).toBe(RUNNING);
    expect(new Set(reads.values()), kind).toEqual(new Set([1]));
  }
  expect(new Set(counter.requests.keys())).toEqual(new Set(['Query', 'BatchGetItem']));
  expect(unitsOf('table')).toBe(2 * RUNNING);
  expect(unitsOf('by_state')).toBeLessThan(100);
});

test('four shards read each task once between them', async () => {
  counter.reset();
  for (const index of [0, 1, 2, 3]) await sweep(deps, { ...ON_AWS, shard: { index, of: 4 } });
  expect(counter.readsOf('META').size).toBe(RUNNING);
  expect(new Set(counter.readsOf('META').values())).toEqual(new Set([1]));
});

test('what a runner writes every second touches no index, and a new state only the one by state', async () => {
  const { tasks, leases, checkpoints } = deps.stores;
  const [id = ''] = ids;
  const lease = await leases.load(id);
  const task = await tasks.get(id);
  const checkpoint = await checkpoints.load(id);
  if (lease === null || task === null || checkpoint === null) throw new Error('not filled');
  counter.reset();
  await leases.renew(lease, runStatus(), 10_000, NOW_MS);
  await checkpoints.save(id, lease.fencingToken, { ...checkpoint, position: checkpoint.position + 1 });
  expect([unitsOf('by_task'), unitsOf('by_state')]).toEqual([0, 0]);
  expect(unitsOf('table')).toBe(2);
  const changed = await tasks.update({ ...task, failures: 1 });
  expect([unitsOf('by_task'), unitsOf('by_state')]).toEqual([0, 0]);
  counter.reset();
  await tasks.update({ ...changed, state: 'pending' });
  expect(unitsOf('by_task')).toBe(0);
  expect(unitsOf('by_state')).toBeGreaterThan(0);
});
