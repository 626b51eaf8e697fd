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

async function overHttp({ method, path, query = '', headers = {}, body }: ApiRequest): Promise<ApiAnswer> {
  const response = await fetch(`${url}${path}${query === '' ? '' : `?${query}`}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

/** What differs from request to request, or is the server's own. */
function comparable({ status, headers, body }: ApiAnswer): unknown {
  const own = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'content-length', 'x-request-id'];
  const rest = Object.entries(headers).filter(([name]) => !own.includes(name.toLowerCase()));
  return {
    status,
    headers: Object.fromEntries(rest),
    body: body.replaceAll(/"request_id":"[^"]*"/g, '"request_id":"…"'),
  };
}

const READ = { authorization: 'Bearer reader-token' };
const ADMIN = { authorization: 'Bearer admin-token', 'content-type': 'application/json' };
const task = { task_id: 'täsk/1 %', tables: [] };

const REQUESTS: readonly ApiRequest[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/healthz' },
  { method: 'HEAD', path: '/healthz' },
  { method: 'GET', path: '/docs', headers: READ },
  { method: 'GET', path: '/v1/openapi.json', headers: READ },
  { method: 'GET', path: '/metrics', headers: READ },
  { method: 'GET', path: '/metrics' },
  { method: 'GET', path: '/v1/task', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'limit=2&state=running', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'limit=zwei&cursor=%22%C3%A4', headers: READ },
  { method: 'GET', path: '/v1/task' },
  { method: 'GET', path: '/v1/task/nobody', headers: READ },
  { method: 'GET', path: '/v1/task/t%C3%A4sk%2F1%20%25', headers: READ },
  { method: 'GET', path: '/v1/task/nobody/history', query: 'limit=5', headers: READ },
  { method: 'POST', path: '/v1/post_task', headers: READ, body: '{}' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: '{}' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: JSON.stringify(task) },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: JSON.stringify(task), base64: true },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: '{"task_id": ' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN },
  { method: 'POST', path: '/v1/post_task', headers: { ...ADMIN, 'content-type': 'text/plain' }, body: '{}' },
  { method: 'POST', path: '/v1/check_task', headers: ADMIN, body: JSON.stringify(task) },
  { method: 'POST', path: '/v1/stop_task', headers: ADMIN, body: '{"task_id":"nobody","stop_type":"stop"}' },
  {
    method: 'POST',
    path: '/v1/stop_task',
    headers: ADMIN,
    body: '{"task_id":"nobody","stop_type":"perhaps"}',
  },
  {
    method: 'POST',
    path: '/v1/update_task',
    headers: ADMIN,
    body: '{"task_id":"nobody","database":"d","tables":[],"exclude_table":[]}',
  },
  { method: 'POST', path: '/v1/delete_task/nobody', headers: ADMIN },
  {
    method: 'POST',
    path: '/v1/rewind_task',
    headers: ADMIN,
    body: '{"task_id":"nobody","to":{"start_time":1}}',
  },
  { method: 'POST', path: '/v1/skip_event', headers: ADMIN, body: '{"task_id":"nobody","event":"x"}' },
  { method: 'DELETE', path: '/v1/task', headers: ADMIN },
  { method: 'GET', path: '/v2/nothing', headers: READ },
];

test.each(REQUESTS)('$method $path?$query $body', async (request) => {
  const lambda = lambdaAnswer(await handler(apiGatewayEvent(request), {}));
  const node = await overHttp(request);
  expect(comparable(lambda)).toEqual(comparable(node));
  expect(lambda.status).toBeLessThan(500);
});

test('what is deployed to Lambda is small', async () => {
  for (const name of await readdir(folder))
    expect((await stat(join(folder, name))).size, name).toBeLessThan(1_500_000);
});
