import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashToken } from '../../../functions/middleware/auth.ts';
import { answerOf } from '../../support/answer.ts';
import { mysqlServers, testServers } from '../../support/servers.ts';
import { waitFor } from '../../support/wait-for.ts';

const COMMAND = fileURLToPath(new URL('../../../cli/galaxy.mjs', import.meta.url));

let folder: string;
let started: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'galaxy-up-'));
  started = [];
});
afterEach(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly stderr: () => string;
}

function start(...args: string[]): Started {
  const child = spawn(
    process.execPath,
    [COMMAND, 'up', '--port', '0', '--data', join(folder, 'data'), ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  started.push(child);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, stderr: () => text };
}

async function ready(...args: string[]): Promise<Started & { url: string }> {
  const file = join(folder, 'ready.json');
  rmSync(file, { force: true });
  const made = start('--ready-file', file, ...args);
  await waitFor(async () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
  const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string };
  return { ...made, url };
}

async function exitOf({ child }: Started): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

function body(taskId: string): string {
  const address = mysqlServers()[0]?.address;
  const { user, password, host, port } = address ?? {};
  return JSON.stringify({
    task_id: taskId,
    mysql_config: { user, password, host, port },
    tables: ['no_such_table_up_test'],
    kafka_conf: { brokers: testServers().kafka?.brokers },
  });
}

const post = (url: string, path: string, text: string): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: text });

test('tasks are there again after kill -9, and the next one takes the folder over', async () => {
  const first = await ready();
  expect((await post(first.url, '/v1/post_task', body('kept'))).status).toBe(200);
  await post(first.url, '/v1/stop_task', '{"task_id":"kept","stop_type":"stop"}');
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await ready();
  const { data } = await answerOf(fetch(`${second.url}/v1/task`));
  expect(data.total).toBe(1);
  expect(data.task).toMatchObject({ kept: { mysql_config: { password: '***' } } });
  second.child.kill('SIGTERM');
  expect(await exitOf(second)).toBe(0);
});

test('one folder has one galaxy up', async () => {
  const first = await ready();
  const second = start();
  expect(await exitOf(second)).toBe(1);
  expect(second.stderr()).toContain(`process ${first.child.pid}`);
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
});

test('a port in use is told in one line', async () => {
  const first = await ready();
  const port = new URL(first.url).port;
  const second = start('--port', port, '--data', join(folder, 'other'));
  expect(await exitOf(second)).toBe(1);
  expect(second.stderr()).toMatch(/^CDC_CONFIG: .*another program listens there.*\n$/);
});

test('an address that others can reach needs tokens, and then takes them', async () => {
  const refused = start('--host', '0.0.0.0');
  expect(await exitOf(refused)).toBe(1);
  expect(refused.stderr()).toContain('--token-file');
  const file = join(folder, 'tokens');
  writeFileSync(file, `reader:${hashToken('r-token').toString('hex')}\n`);
  const { url } = await ready('--host', '0.0.0.0', '--token-file', file);
  const local = url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(`${local}/v1/task`)).status).toBe(401);
  const headers = { Authorization: 'Bearer r-token' };
  expect((await fetch(`${local}/v1/task`, { headers })).status).toBe(200);
});

test('passwords stand nowhere in the data folder as text', async () => {
  const { url, stderr } = await ready();
  const spec = JSON.parse(body('secret')) as { mysql_config: Record<string, unknown> };
  spec.mysql_config.password = 'not-the-password-3917';
  await post(url, '/v1/post_task', JSON.stringify({ ...spec, check: 'runner' }));
  const shown = await (await fetch(`${url}/v1/task/secret`)).text();
  expect(shown).not.toContain('3917');
  for (const name of ['galaxy.db', 'galaxy.db-wal']) {
    expect(readFileSync(join(folder, 'data', name)).includes('not-the-password-3917')).toBe(false);
  }
  expect(stderr()).not.toContain('3917');
});
