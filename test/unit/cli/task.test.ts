import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { task } from '../../../cli/task.ts';
import { type HttpServer, serveHttp } from '../../../cli/up/http-server.ts';
import { BODY, controlPlane, runStatus } from '../../support/control-plane.ts';

let plane = controlPlane();
let server: HttpServer;

beforeAll(async () => {
  const app = { fetch: (request: Request) => plane.app.fetch(request) };
  server = await serveHttp(app, '127.0.0.1', 0);
});
beforeEach(() => {
  plane = controlPlane();
});
afterAll(() => server.close(1_000));

function sink(): { stream: Writable; text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = sink();
  const stderr = sink();
  const io = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { GALAXY_API: server.url },
    signal: new AbortController().signal,
  };
  const code = await task(args, io);
  return { code, out: stdout.text(), err: stderr.text() };
}

function bodyFile(body: unknown = BODY): string {
  const file = join(mkdtempSync(join(tmpdir(), 'galaxy-task-')), 'body.json');
  writeFileSync(file, typeof body === 'string' ? body : JSON.stringify(body));
  return file;
}

test('a task is created from a file, listed and shown', async () => {
  expect(await run('create', '--file', bodyFile())).toEqual({
    code: 0,
    out: 'task task_001 created; it begins at binlog.000007:1234\n',
    err: '',
  });
  await plane.runnerSays('task_001', runStatus({ lagMs: 1500, rows: 7 }));
  const listed = await run('list');
  expect(listed.out).toMatch(/^TASK +STATE +LAG +ROWS +POSITION +ERROR\n/);
  expect(listed.out).toMatch(/^task_001 +running +1\.5 s +7 +binlog\.000007:1234$/m);
  const shown = await run('show', 'task_001');
  expect(shown.out).toMatch(/^state +running$/m);
  expect(shown.out).toMatch(/^source +root@10\.0\.0\.1:3307$/m);
  expect(shown.out).not.toContain('mysql-secret');
});

test('a task is created from options', async () => {
  const { code } = await run(
    'create',
    ...[
      '--id',
      'x',
      '--source',
      'mysql://me:p%40ss@db.example:3310?tls=true',
      '--brokers',
      'k1:9092, k2:9092',
    ],
    ...['--database', 'shop', '--tables', 'orders,lines', '--kafka-user', 'u', '--kafka-password', 'p'],
  );
  expect(code).toBe(0);
  expect((await plane.stores.tasks.get('x'))?.spec).toMatchObject({
    mysql_config: { user: 'me', host: 'db.example', port: 3310, tls: true },
    database: ['shop'],
    tables: ['orders', 'lines'],
    kafka_conf: { brokers: ['k1:9092', 'k2:9092'], enable_sasl: true, user: 'u' },
  });
});

test('with --json the data comes as one line', async () => {
  const created = await run('create', '--file', bodyFile(), '--json');
  expect(JSON.parse(created.out)).toMatchObject({ task_id: 'task_001' });
  const listed = await run('list', '--json');
  expect(JSON.parse(listed.out)).toMatchObject({ task_001: { state: 'starting' } });
});

test('a refusal shows code, every field and the hint', async () => {
  const { code, err } = await run('create', '--file', bodyFile({ ...BODY, tabels: [], task_id: 'a b' }));
  expect(code).toBe(1);
  expect(err).toContain('CDC_INVALID_REQUEST: ');
  expect(err).toContain('  tabels: is not a known field; did you mean "tables"?\n');
  expect(err).toContain('  task_id: must be');
  expect(err).toContain('Correct the fields');
});

test('stop, resume, update, rewind, history and delete reach the API', async () => {
  await run('create', '--file', bodyFile());
  expect((await run('stop', 'task_001')).out).toBe('STOP TASK SUCCESS: task_001\n');
  const handle = (await plane.stores.tasks.get('task_001'))?.run?.handle ?? '';
  plane.launcher.end(handle, 0);
  await plane.tick();
  expect((await run('update', 'task_001', '--tables', 'a,b')).out).toBe('Update Success\n');
  expect((await run('rewind', 'task_001', '--position', 'binlog.000007:4')).code).toBe(0);
  const event = '0000000007-0000000005678-000000';
  expect((await run('skip', 'task_001', '--event', event, '--reason', 'r')).out).toBe(
    'SKIP EVENT SUCCESS: task_001\n',
  );
  expect((await run('move', 'task_001', '--source', 'mysql://root@10.0.0.9:3308')).out).toBe(
    'Update Success\n',
  );
  expect((await plane.stores.tasks.get('task_001'))?.spec.mysql_config).toMatchObject({
    host: '10.0.0.9',
    port: 3308,
  });
  expect((await run('resume', 'task_001', '--latest')).out).toBe('RECOVERY TASK SUCCESS: task_001\n');
  const history = await run('history', 'task_001');
  expect(history.out).toMatch(/position_jumped/);
  expect(history.out).toMatch(/filter_changed/);
  expect((await run('delete', 'task_001')).out).toBe('DEL TASK SUCCESS: task_001\n');
  expect(await run('show', 'task_001')).toMatchObject({
    code: 1,
    err: expect.stringContaining('CDC_TASK_NOT_FOUND'),
  });
});

test('check fails the command where a check fails', async () => {
  plane.findings.source = [{ name: 'binlog', status: 'fail', message: 'off', fix: 'log_bin=ON' }];
  const { code, out } = await run('check', '--file', bodyFile());
  expect(code).toBe(1);
  expect(out).toMatch(/fail +source +binlog +off {2}log_bin=ON/);
});

test('an API that does not answer is told with what to do', async () => {
  const { code, err } = await run('list', '--api', 'http://127.0.0.1:1');
  expect(code).toBe(1);
  expect(err).toContain('galaxy up');
});

test('a body that is not JSON is refused without a word of it', async () => {
  const failing = run('create', '--file', bodyFile('{"password": "hush" // no\n}'));
  await expect(failing).rejects.toMatchObject({
    code: 'CDC_CONFIG',
    message: expect.not.stringContaining('hush'),
  });
});

test.each([[['nope']], [[]]])('%j is wrong usage', async (args) => {
  expect((await run(...args)).code).toBe(2);
});

test.each([
  [['show']],
  [['show', 'a', 'b']],
  [['create', '--id', 'x']],
  [['rewind', 'x']],
  [['skip', 'x']],
  [['move', 'x']],
  [['rewind', 'x', '--position', 'a:4', '--gtid', 'b']],
  [['token', 'root']],
])('%j is refused before anything is asked', async (args) => {
  await expect(run(...args)).rejects.toThrow();
});

test('a new token comes with the line that lets it in', async () => {
  const { out } = await run('token', 'reader', '--json');
  const made = JSON.parse(out) as { token: string; line: string };
  const { hashToken } = await import('../../../functions/middleware/auth.ts');
  expect(made.line).toBe(`reader:${hashToken(made.token).toString('hex')}`);
});
