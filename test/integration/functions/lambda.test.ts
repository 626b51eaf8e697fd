/** The bundle that Lambda runs answers as the same app behind Node's HTTP server does. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTable } from '../../../core/dynamo/table.ts';
import { createApp } from '../../../functions/app.ts';
import { awsApi } from '../../../functions/aws-home.ts';
import { hashToken } from '../../../functions/middleware/auth.ts';
import { bundleLambda } from '../../../infra/bundle/bundle.ts';
import { type ApiAnswer, type ApiRequest, apiGatewayEvent, lambdaAnswer } from '../../support/api-gateway.ts';
import { ADMIN, comparable, overHttp, READ, REQUESTS } from '../../support/api-requests.ts';
import { testServers } from '../../support/servers.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

let folder: string;
let handler: Handler;
let server: ReturnType<typeof serve>;
let url: string;
const before = { ...process.env };

beforeAll(async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  const env = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: endpoint,
    GALAXY_STAGE: 'test',
    GALAXY_TABLE: `galaxy-${randomUUID()}`,
    GALAXY_CLUSTER: 'c',
    GALAXY_TASK_DEFINITION: 't',
    GALAXY_CONTAINER: 'runner',
    GALAXY_SUBNETS: 's',
    GALAXY_SECURITY_GROUPS: 'g',
    GALAXY_TOKENS: ['admin', 'reader']
      .map((role) => `${role}:${hashToken(`${role}-token`).toString('hex')}`)
      .join(','),
    GALAXY_NETWORKS: '127.0.0.0/8',
  };
  Object.assign(process.env, env);
  const dynamo = new DynamoDBClient({});
  await createTable(dynamo, env.GALAXY_TABLE);
  // Inside the project, so that what Lambda's runtime brings along is found.
  folder = await mkdtemp(join(import.meta.dirname, '../../../dist-test-'));
  await bundleLambda(folder);
  ({ handler } = (await import(pathToFileURL(join(folder, 'api.mjs')).href)) as { handler: Handler });
  const clients = { dynamo, ecs: new ECSClient({}), secrets: new SecretsManagerClient({}) };
  server = serve({ fetch: createApp(awsApi(env, clients)).fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
  process.env = before;
});

const onLambda = async (request: ApiRequest): Promise<ApiAnswer> =>
  lambdaAnswer(await handler(apiGatewayEvent(request), {}));

const NAMED = REQUESTS.map((request) => {
  const { method, path, query = '', body = '' } = request;
  const text = body.length > 80 ? `${body.length} bytes` : body;
  return [`${method} ${path}${query === '' ? '' : `?${query}`} ${text}`, request] as const;
});

test.each(NAMED)('%s', async (_name, request) => {
  const lambda = await onLambda(request);
  const node = await overHttp(url, request);
  expect(comparable(lambda)).toEqual(comparable(node));
  expect(lambda.status).toBeLessThan(500);
});

test('the life of a task, each step answered alike', async () => {
  const steps = lifeOf();
  const statuses: number[] = [];
  for (const step of steps) {
    const lambda = await onLambda(withId(step, 'on_lambda'));
    const node = await overHttp(url, withId(step, 'on_node'));
    const text = (answer: ApiAnswer): string => JSON.stringify(comparable(answer));
    expect(text(lambda).replaceAll('on_lambda', 'ID'), step.path).toBe(
      text(node).replaceAll('on_node', 'ID'),
    );
    statuses.push(lambda.status);
  }
  expect(statuses).toEqual(LIFE);
});

test.each([
  { method: 'GET', path: '/v1/task', query: 'limit=3', headers: READ },
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: '{}' },
] as const)('behind a stage with a name: $method $path', async (request) => {
  const lambda = await onLambda({ ...request, stage: 'v1' });
  expect(comparable(lambda)).toEqual(comparable(await overHttp(url, request)));
});

test('what is deployed to Lambda is small', async () => {
  for (const name of await readdir(folder))
    expect((await stat(join(folder, name))).size, name).toBeLessThan(1_500_000);
});

/** Of each step below. 503: what wants a secret, where there is no Secrets Manager but only DynamoDB. */
const LIFE = [503, 200, 409, 200, 200, 200, 200, 200, 503, 409, 200, 200, 404, 404];

/** Every route of a task that needs neither a runner nor its source. */
function lifeOf(): ApiRequest[] {
  const [mysql] = Object.values(testServers().mysql);
  const spec = {
    task_id: 'ID',
    check: 'runner',
    mysql_config: { user: 'root', password: { secret: 'of/another' }, host: '127.0.0.1', port: mysql?.port },
    database: ['shop'],
    tables: ['orders', 'item_*'],
    exclude_table: [],
    kafka_conf: { enable_sasl: false, brokers: testServers().kafka?.brokers },
  };
  const post = (path: string, body?: object): ApiRequest => ({
    method: 'POST',
    path,
    headers: ADMIN,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const get = (path: string): ApiRequest => ({ method: 'GET', path, headers: READ });
  const filter = { database: ['shop'], tables: ['other'], exclude_table: [] };
  return [
    post('/v1/check_task', spec),
    post('/v1/post_task', spec),
    post('/v1/post_task', spec),
    get('/v1/task/ID'),
    get('/v1/task/ID/history'),
    post('/v1/stop_task', { task_id: 'ID', stop_type: 'stop' }),
    post('/v1/stop_task', { task_id: 'ID', stop_type: 'stop' }),
    post('/v1/update_task', { task_id: 'ID', ...filter }),
    post('/v1/rewind_task', { task_id: 'ID', to: { position: { file: 'binlog.000001', position: 4 } } }),
    post('/v1/skip_event', { task_id: 'ID', reason: 'so' }),
    get('/v1/task/ID'),
    post('/v1/delete_task/ID'),
    post('/v1/delete_task/ID'),
    get('/v1/task/ID'),
  ];
}

const withId = (request: ApiRequest, id: string): ApiRequest => ({
  ...request,
  path: request.path.replaceAll('ID', id),
  ...(request.body === undefined ? {} : { body: String(request.body).replaceAll('"ID"', `"${id}"`) }),
});
