import { describe, expect, test } from 'vitest';
import { answerOf } from '../../../support/answer.ts';
import { BODY, controlPlane, runStatus } from '../../../support/control-plane.ts';

type Plane = ReturnType<typeof controlPlane>;
const EVENT_ID = '0000000007-0000000005678-000000';
const MESSAGE_ID = `${EVENT_ID}-0000003`;

async function running(): Promise<Plane> {
  const plane = controlPlane();
  await plane.post('/v1/post_task', BODY);
  await plane.runnerSays('task_001', runStatus());
  await plane.tick();
  return plane;
}

const stored = async (plane: Plane) => {
  const task = await plane.stores.tasks.get('task_001');
  if (task === null) throw new Error('no task');
  return task;
};
const history = async (plane: Plane): Promise<string[]> => {
  const { entries } = await plane.stores.history.page('task_001', { limit: 100 });
  return entries.map(({ kind, message }) => `${kind}: ${message}`);
};
const post = async (plane: Plane, path: string, body: object) =>
  await answerOf(plane.post(path, { task_id: 'task_001', ...body }));

const ERROR = {
  code: 'CDC_INCIDENT' as const,
  message: 'an incident',
  hint: 'h',
  atMs: 1,
  event: { id: EVENT_ID, file: 'binlog.000007', position: 5678, gtid: null },
};

async function failed(): Promise<Plane> {
  const plane = await running();
  const { run } = await stored(plane);
  await plane.runnerSays('task_001', runStatus({ phase: 'failed', error: ERROR }), 1);
  plane.time.nowMs += 10;
  plane.launcher.end(run?.handle ?? '', 3);
  await plane.tick();
  expect((await stored(plane)).state).toBe('failed');
  return plane;
}

describe('skip_event', () => {
  test('of a failed task leaves out the event that it failed at, and starts it anew', async () => {
    const plane = await failed();
    const { data: before } = await answerOf(plane.get('/v1/task/task_001'));
    expect(before).toMatchObject({
      error: {
        code: 'CDC_INCIDENT',
        event_id: EVENT_ID,
        position: 'binlog.000007:5678',
      },
    });
    const answer = await post(plane, '/v1/skip_event', { reason: 'known and harmless' });
    expect(answer).toMatchObject({
      error_code: 0,
      message: 'SKIP EVENT SUCCESS: task_001',
      data: { task_id: 'task_001', event_id: EVENT_ID },
    });
    const task = await stored(plane);
    expect(task.skips).toEqual([{ id: EVENT_ID, reason: 'known and harmless', atMs: plane.time.nowMs }]);
    expect(task.generation).toBe(2);
    expect(task.error).toBeNull();
    expect(plane.launcher.launched).toHaveLength(2);
    expect(await history(plane)).toContain(
      `event_skipped: asked to leave out event ${EVENT_ID}: known and harmless`,
    );
  });

  test('asked for twice is the same', async () => {
    const plane = await failed();
    await post(plane, '/v1/skip_event', { event_id: EVENT_ID, reason: 'a' });
    await post(plane, '/v1/skip_event', { event_id: EVENT_ID, reason: 'b' });
    const task = await stored(plane);
    expect(task.skips).toHaveLength(1);
    expect(task.generation).toBe(2);
    expect((await history(plane)).filter((entry) => entry.startsWith('event_skipped'))).toHaveLength(1);
  });

  test('of a running task names its event, and does not restart it', async () => {
    const plane = await running();
    const answer = await post(plane, '/v1/skip_event', { event_id: MESSAGE_ID, reason: 'r' });
    expect(answer.error_code).toBe(0);
    expect((await stored(plane)).skips).toMatchObject([{ id: MESSAGE_ID }]);
    expect(plane.launcher.launched).toHaveLength(1);
  });

  test('without an event at hand is a conflict that says what to do', async () => {
    const plane = await running();
    const answer = await post(plane, '/v1/skip_event', { reason: 'r' });
    expect(answer.error_code).toBe(409);
    expect(answer.data).toMatchObject({
      code: 'CDC_TASK_CONFLICT',
      hint: expect.stringContaining('event_id'),
    });
  });

  test.each([
    [{}],
    [{ reason: '' }],
    [{ reason: 'r', event_id: 'binlog.000007:5678' }],
    [{ reason: 'r', id: 1 }],
  ])('%j is refused', async (body) => {
    const plane = await failed();
    expect((await post(plane, '/v1/skip_event', body)).error_code).toBe(400);
    expect((await stored(plane)).skips).toBeUndefined();
  });
});

describe('update_task of settings', () => {
  test('takes a new address, keeps the filter and the password, and starts the stream anew', async () => {
    const plane = await running();
    const before = await stored(plane);
    const answer = await post(plane, '/v1/update_task', {
      mysql_config: { host: '10.0.0.9', hosts: ['10.0.0.1:3307'] },
    });
    expect(answer.data).toMatchObject({ filter_version: 1, restarted: true });
    const task = await stored(plane);
    expect(task.spec.mysql_config).toEqual({
      ...before.spec.mysql_config,
      host: '10.0.0.9',
      hosts: ['10.0.0.1:3307'],
    });
    expect(task.filters).toEqual(before.filters);
    expect(task.start).toEqual(before.start);
    expect(task.generation).toBe(2);
    expect((await history(plane))[0]).toBe(
      'source_changed: mysql_config changed; goes on from the checkpoint',
    );
  });

  test('a token of a role takes the place of the password, and a password that of the token', async () => {
    const plane = await running();
    const iam = { auth: 'rds_iam', host: 'db.x.eu-west-1.rds.amazonaws.com' };
    await post(plane, '/v1/update_task', { mysql_config: iam });
    expect((await stored(plane)).spec.mysql_config).toMatchObject({ ...iam, password: '' });
    const both = await post(plane, '/v1/update_task', { mysql_config: { ...iam, password: 'p' } });
    expect(both.data).toMatchObject({ details: [{ path: 'mysql_config.password' }] });
    await post(plane, '/v1/update_task', { mysql_config: { password: 'p' } });
    const { mysql_config } = (await stored(plane)).spec;
    expect(mysql_config.auth).toBeUndefined();
    expect(mysql_config.password).toMatchObject({ secret: expect.any(String) });
  });

  test("can't name a secret that Galaxy keeps", async () => {
    const plane = await running();
    const { password } = (await stored(plane)).spec.mysql_config;
    const answer = await post(plane, '/v1/update_task', { mysql_config: { password } });
    expect(answer.data).toMatchObject({
      code: 'CDC_INVALID_REQUEST',
      details: [{ path: 'mysql_config.password', problem: expect.stringContaining('made for a task') }],
    });
  });

  test('keeps a new password out of the item', async () => {
    const plane = await running();
    await post(plane, '/v1/update_task', { mysql_config: { password: 'new-secret' } });
    const { spec } = await stored(plane);
    expect(JSON.stringify(spec)).not.toContain('new-secret');
    const { password } = spec.mysql_config;
    expect(typeof password === 'string' ? '' : await plane.stores.secrets.get(password)).toBe('new-secret');
  });

  test('refuses a source that can not be used, and changes nothing', async () => {
    const plane = await running();
    const before = await stored(plane);
    plane.findings.source.push({
      name: 'log_bin',
      status: 'fail',
      code: 'CDC_BINLOG_OFF',
      message: 'off',
      fix: 'on',
    });
    const answer = await post(plane, '/v1/update_task', { mysql_config: { host: '10.0.0.9' } });
    expect(answer).toMatchObject({ error_code: 422, data: { code: 'CDC_BINLOG_OFF' } });
    expect(await stored(plane)).toEqual(before);
  });

  test('takes policies, of which the whole has to make sense', async () => {
    const plane = await running();
    const refused = await post(plane, '/v1/update_task', { on_too_large: 'truncate' });
    expect(refused).toMatchObject({ error_code: 400, data: { details: [{ path: 'truncate_columns' }] } });
    await post(plane, '/v1/update_task', {
      on_too_large: 'truncate',
      truncate_columns: ['text'],
      on_error: 'dead_letter',
    });
    const { spec, filters } = await stored(plane);
    expect(spec).toMatchObject({
      on_too_large: 'truncate',
      truncate_columns: ['text'],
      on_error: 'dead_letter',
    });
    expect(filters).toHaveLength(1);
  });

  test('and of lists together does both', async () => {
    const plane = await running();
    const answer = await post(plane, '/v1/update_task', { database: 'other', on_statement: 'fail' });
    expect(answer.data).toMatchObject({ filter_version: 2, restarted: true });
    const { spec } = await stored(plane);
    expect(spec).toMatchObject({ database: ['other'], on_statement: 'fail' });
  });
});
