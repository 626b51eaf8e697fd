/** What a runner in a container opens: DynamoDB, and secrets over the protocol of Secrets Manager. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamoClient, createTable } from '../../../core/dynamo/table.ts';
import { readRunnerConfig } from '../../../runner/config.ts';
import { openStores } from '../../../runner/open-stores.ts';
import { testServers } from '../../support/servers.ts';

const table = `galaxy-${randomUUID()}`;
const asked: string[] = [];
let secrets: Server;
const before = { ...process.env };

/** GetSecretValue alone, as the service answers it: JSON 1.1, the action in a header. */
beforeAll(async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  secrets = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { SecretId: id } = JSON.parse(body) as { SecretId: string };
    asked.push(`${String(request.headers['x-amz-target'])} ${id}`);
    const known = id === 'galaxy/prod/task_001/mysql_config.password';
    response.statusCode = known ? 200 : 400;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(
      JSON.stringify(known ? { Name: id, SecretString: 's3cret' } : { __type: 'ResourceNotFoundException' }),
    );
  });
  await new Promise<void>((resolve) => {
    secrets.listen(0, '127.0.0.1', resolve);
  });
  const address = secrets.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
  });
  const client = createDynamoClient({ endpoint });
  await createTable(client, table);
  client.destroy();
});
afterAll(() => {
  secrets.close();
  process.env = before;
});

const ENV = {
  GALAXY_TASK_ID: 'task_001',
  GALAXY_RUN_ID: 'run',
  GALAXY_STORE: 'dynamodb',
  GALAXY_TABLE: table,
};

test('without a data folder secrets come from Secrets Manager', async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  const { store } = readRunnerConfig({ ...ENV, GALAXY_STAGE: 'prod', AWS_ENDPOINT_URL: endpoint });
  const stores = await openStores(store);
  try {
    const secret = 'galaxy/prod/task_001/mysql_config.password';
    expect(await stores.secrets.get({ secret })).toBe('s3cret');
    expect(asked.at(-1)).toBe(`secretsmanager.GetSecretValue ${secret}`);
    await expect(stores.secrets.get({ secret: 'galaxy/prod/other/x' })).rejects.toMatchObject({
      code: 'CDC_SECRET_MISSING',
    });
    expect(await stores.tasks.get('task_001')).toBeNull();
    expect(await stores.checkpoints.claim('task_001', 1)).toBeNull();
  } finally {
    stores.close();
  }
});

test('a runner that knows neither folder nor stage says what is missing', () => {
  expect(() => readRunnerConfig(ENV)).toThrow('GALAXY_STAGE');
});
