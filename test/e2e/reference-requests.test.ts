import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers, testServers } from '../support/servers.ts';

/** The requests of the original program's README, by curl, with hosts and ports replaced and nothing else. */
let galaxy: Galaxy;
let playground: Playground;

beforeAll(async () => {
  galaxy = await Galaxy.up();
  const address = mysqlServers()[0]?.address;
  if (address === undefined) throw new Error('The tests have no MySQL');
  playground = await Playground.open(galaxy.api, address);
});
afterAll(async () => {
  await playground.close();
  await galaxy.down();
});

async function curl(...args: string[]): Promise<{ status: number; body: unknown }> {
  const { stdout } = await promisify(execFile)('curl', [
    '--silent',
    '--write-out',
    '\n%{http_code}',
    ...args,
  ]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at)) };
}

const json = ['--header', 'Content-Type: application/json', '--data-raw'];

async function post(path: string, ...more: string[]): Promise<{ status: number; body: unknown }> {
  return await curl(
    '--location',
    '--request',
    'POST',
    `${galaxy.api.url.slice('http://'.length)}${path}`,
    ...more,
  );
}

async function get(path: string): Promise<{ status: number; body: unknown }> {
  return await curl('--location', '--request', 'GET', `${galaxy.api.url.slice('http://'.length)}${path}`);
}

test('the requests of the reference work as they stand', async () => {
  const { taskId } = playground;
  expect(await get('/v1/task')).toEqual({
    status: 200,
    body: { error_code: 0, message: 'success', data: { task: {}, total: 0 } },
  });
  const { kafka } = testServers();
  const posted = await post(
    '/v1/post_task',
    ...json,
    `{
  "task_id": "${taskId}", 
  "mysql_config": ${JSON.stringify(playground.body().mysql_config)},
  "database": "${playground.database}",
  "tables": [],
  "exclude_table": [] , 
  "kafka_conf": {  
    "enable_sasl": false,
    "brokers": ${JSON.stringify(kafka?.brokers)},
    "user": "user",
    "password": "password"
  },
  "nsq_conf": {}, 
  "mongo_db_conf": {},
  "es_conf": {}
}`,
  );
  expect(posted).toMatchObject({
    status: 200,
    body: {
      error_code: 0,
      message: 'success',
      data: {
        task_id: taskId,
        mysql_server_id: expect.any(Number),
        position_name: expect.stringMatching(/\.\d{6}$/),
        position_pos: expect.any(Number),
      },
    },
  });
  await galaxy.api.waitForState(taskId, 'running');
  await playground.writer.transaction();
  expect(await playground.problems()).toEqual([]);

  const listed = await get('/v1/task');
  expect(listed).toMatchObject({
    status: 200,
    body: { data: { task: { [taskId]: { task_id: taskId } }, total: 1 } },
  });
  expect(JSON.stringify(listed.body)).not.toContain('"password":"password"');

  const stopped = await post('/v1/stop_task', ...json, `{ "task_id": "${taskId}", "stop_type": "stop" }`);
  expect(stopped).toMatchObject({
    status: 200,
    body: { error_code: 0, message: `STOP TASK SUCCESS: ${taskId}` },
  });
  await galaxy.api.waitForState(taskId, 'stopped');
  const resumed = await post(
    '/v1/stop_task',
    ...json,
    `{
    "task_id": "${taskId}",
    "stop_type":  "recovery_v1"
}`,
  );
  expect(resumed).toMatchObject({ status: 200, body: { message: `RECOVERY TASK SUCCESS: ${taskId}` } });
  const updated = await post(
    '/v1/update_task',
    ...json,
    `{
    "task_id": "${taskId}",
    "database": "${playground.database}",
    "tables": [],
    "exclude_table": []
}`,
  );
  expect(updated).toMatchObject({ status: 200, body: { error_code: 0, message: 'Update Success' } });
  const deleted = await post(`/v1/delete_task/${taskId}`);
  expect(deleted).toMatchObject({
    status: 200,
    body: { error_code: 0, message: `DEL TASK SUCCESS: ${taskId}` },
  });
});
