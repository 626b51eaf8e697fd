/** The bundles of the two functions that nobody calls over HTTP, as Lambda runs them, on a real DynamoDB. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDynamoStores } from '../../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../../core/dynamo/table.ts';
import type { TaskRecord } from '../../../core/task.ts';
import { bundleLambda } from '../../../infra/bundle/bundle.ts';
import { ecsEvent } from '../../support/ecs-events.ts';
import { fillTable, idOf } from '../../support/full-table.ts';
import { testServers } from '../../support/servers.ts';

type Handler = (event: unknown, context: unknown) => Promise<void>;

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };
const before = { ...process.env };
/** The calls that reached ECS, by name. */
const calls: string[] = [];
let ecs: Server;
let folder: string;
let sweep: Handler;
let onEvent: Handler;
let stores: ReturnType<typeof createDynamoStores>;

/** ECS over HTTP as far as it is asked here: nothing runs, and what is asked for starts. */
function answer(name: string): unknown {
  switch (name) {
    case 'RunTask':
      return {
        tasks: [
          { taskArn: `arn:aws:ecs:eu-central-1:111122223333:task/galaxy-test-cluster/${randomUUID()}` },
        ],
        failures: [],
      };
    case 'ListTasks':
      return { taskArns: [] };
    default:
      return { tasks: [], failures: [] };
  }
}

beforeAll(async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  ecs = createServer((request, response) => {
    const name = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    calls.push(name);
    request.resume();
    request.on('end', () => {
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify(answer(name)));
    });
  });
  await new Promise<void>((resolve) => ecs.listen(0, '127.0.0.1', resolve));
  const address = ecs.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const table = `galaxy-${randomUUID()}`;
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_ECS: `http://127.0.0.1:${port}`,
    GALAXY_STAGE: 'test',
    GALAXY_TABLE: table,
    GALAXY_CLUSTER: 'galaxy-test-cluster',
    GALAXY_TASK_DEFINITION: 'runner:7',
    GALAXY_CONTAINER: 'runner',
    GALAXY_SUBNETS: 's',
    GALAXY_SECURITY_GROUPS: 'g',
  });
  const client = createDynamoClient({ endpoint, region: 'eu-central-1' });
  await createTable(client, table);
  stores = createDynamoStores(client, table);
  await fillTable({ client, table, stores, nowMs: Date.now() }, { pending: 20 });
  // Inside the project, so that what Lambda's runtime brings along is found.
  folder = await mkdtemp(join(import.meta.dirname, '../../../dist-test-'));
  await bundleLambda(folder);
  const load = async (name: string): Promise<Handler> =>
    ((await import(pathToFileURL(join(folder, name)).href)) as { handler: Handler }).handler;
  sweep = await load('reconcile.mjs');
  onEvent = await load('task-events.mjs');
});

afterAll(async () => {
  ecs.closeAllConnections();
  ecs.close();
  await rm(folder, { recursive: true, force: true });
  process.env = before;
});
beforeEach(() => {
  calls.length = 0;
});

async function stored(taskId: string): Promise<TaskRecord> {
  const task = await stores.tasks.get(taskId);
  if (task === null) throw new Error(`${taskId} is not stored`);
  return task;
}

const counted = (name: string): number => calls.filter((call) => call === name).length;

test('schedules launch what waits, each its own share, and once', async () => {
  await sweep({ shard: 0, of: 2 }, CONTEXT);
  const first = counted('RunTask');
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(20);
  await sweep({ shard: 1, of: 2 }, CONTEXT);
  await sweep({}, CONTEXT);
  expect(counted('RunTask')).toBe(20);
  // 8 parts a half, and 16 the whole
  expect(counted('ListTasks')).toBe(32);
  expect(await stored(idOf(7))).toMatchObject({ state: 'starting', attempt: 1 });
});

test('a schedule whose input is wrong fails and says which field', async () => {
  await expect(sweep({ shard: 2, of: 2 }, CONTEXT)).rejects.toThrow(/"shard"/);
  expect(calls).toEqual([]);
});

test('the end of a run has it launched anew; ends of others ask for nothing', async () => {
  const { run } = await stored(idOf(3));
  const environment = [
    { name: 'GALAXY_TASK_ID', value: idOf(3) },
    { name: 'GALAXY_GENERATION', value: '1' },
    { name: 'GALAXY_RUN_ID', value: run?.id },
  ];
  const overrides = { containerOverrides: [{ name: 'runner', environment }] };
  await onEvent(ecsEvent('stopped_service_of_others'), {});
  await onEvent(ecsEvent('running', { overrides, taskArn: run?.handle }), {});
  await onEvent(ecsEvent('stopped_spot', { overrides }), {});
  await onEvent({ nothing: 'of ours' }, {});
  expect((await stored(idOf(3))).run).toEqual(run);
  await onEvent(ecsEvent('stopped_no_image', { overrides, taskArn: run?.handle }), {});
  expect(await stored(idOf(3))).toMatchObject({
    state: 'pending',
    run: null,
    error: { code: 'CDC_LAUNCH_FAILED', message: expect.stringMatching(/CannotPullContainerError/) },
  });
  expect(calls).toEqual([]);
});
