import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import type { TaskRecord } from '../../../../core/task.ts';
import { type Answer, answerOf } from '../../../support/answer.ts';
import { BODY, controlPlane, runStatus, START } from '../../../support/control-plane.ts';

type Plane = ReturnType<typeof controlPlane>;

async function stored(plane: Plane, taskId = 'task_001'): Promise<TaskRecord> {
  const task = await plane.stores.tasks.get(taskId);
  if (task === null) throw new Error(`${taskId} is not stored`);
  return task;
}

async function running(): Promise<Plane> {
  const plane = controlPlane();
  await plane.post('/v1/post_task', BODY);
  await plane.runnerSays('task_001', runStatus());
  await plane.tick();
  return plane;
}

async function stopped(): Promise<Plane> {
  const plane = await running();
  await plane.post('/v1/stop_task', { task_id: 'task_001', stop_type: 'stop' });
  const { run } = await stored(plane);
  plane.launcher.end(run?.handle ?? '', 0);
  await plane.tick();
  return plane;
}

const view = async (plane: Plane) => (await answerOf(plane.get('/v1/task/task_001'))).data;
const historyKinds = async (plane: Plane): Promise<string[]> => {
  const { data } = await answerOf(plane.get('/v1/task/task_001/history'));
  return data.entries.map((entry) => entry.kind);
};

describe('post_task', () => {
  test('answers with the position that it has taken, and launches', async () => {
    const plane = controlPlane();
    const response = await plane.post('/v1/post_task', BODY);
    expect(response.status).toBe(200);
    expect(await answerOf(response)).toEqual({
      error_code: 0,
      message: 'success',
      data: {
        task_id: 'task_001',
        mysql_server_id: expect.any(Number),
        position_name: START.file,
        position_pos: START.position,
        gtid_set: START.gtidSet,
        state: 'pending',
      },
    });
    expect(plane.launcher.launched).toEqual([
      { taskId: 'task_001', generation: 1, attempt: 1, runId: expect.stringMatching(/^task_001\//) },
    ]);
    expect((await stored(plane)).start).toEqual({ epoch: 1, at: START });
    expect(plane.asked).toEqual([{ kind: 'latest' }]);
  });

  test('keeps the password out of the item and of every answer', async () => {
    const plane = controlPlane();
    await plane.post('/v1/post_task', BODY);
    expect(JSON.stringify(await stored(plane))).not.toContain('mysql-secret');
    expect([...plane.stores.secrets.values.values()]).toEqual(['mysql-secret']);
    const shown = await (await plane.get('/v1/task')).text();
    expect(shown).not.toContain('mysql-secret');
    expect((await view(plane)).mysql_config.password).toBe('***');
  });

  test('start_time is asked of the source', async () => {
    const plane = controlPlane();
    await plane.post('/v1/post_task', { ...BODY, start_time: 1624355996 });
    expect(plane.asked).toEqual([{ kind: 'time', startTimeS: 1624355996 }]);
  });

  test('an id in use is a 409, and the first task stays as it was', async () => {
    const plane = controlPlane();
    await plane.post('/v1/post_task', BODY);
    const before = await stored(plane);
    const second = { ...BODY, mysql_config: { ...BODY.mysql_config, password: 'other' } };
    const response = await plane.post('/v1/post_task', second);
    expect(response.status).toBe(409);
    expect((await answerOf(response)).data.code).toBe('CDC_TASK_EXISTS');
    expect(await stored(plane)).toEqual(before);
    expect([...plane.stores.secrets.values.values()]).toEqual(['mysql-secret']);
  });

  test('of two at once one wins, with its own password', async () => {
    const plane = controlPlane();
    const answers = await Promise.all([plane.post('/v1/post_task', BODY), plane.post('/v1/post_task', BODY)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect(plane.launcher.launched).toHaveLength(1);
  });

  test('what the source lacks refuses the task with the mend, and stores nothing', async () => {
    const plane = controlPlane();
    plane.findings.source = [
      { name: 'log_bin', status: 'pass', message: 'on' },
      {
        name: 'binlog_format',
        status: 'fail',
        message: 'binlog_format is STATEMENT',
        code: 'CDC_BINLOG_FORMAT',
        fix: 'SET GLOBAL binlog_format = ROW',
      },
    ];
    plane.findings.sink = [
      { name: 'connect', status: 'fail', message: 'no broker', code: 'CDC_SINK_UNREACHABLE' },
    ];
    const response = await plane.post('/v1/post_task', BODY);
    expect(response.status).toBe(422);
    expect((await answerOf(response)).data).toMatchObject({
      code: 'CDC_BINLOG_FORMAT',
      hint: 'SET GLOBAL binlog_format = ROW',
      details: [
        { path: 'mysql_config', problem: 'binlog_format is STATEMENT (SET GLOBAL binlog_format = ROW)' },
        { path: 'kafka_conf', problem: 'no broker' },
      ],
    });
    expect(await plane.stores.tasks.get('task_001')).toBeNull();
    expect(plane.stores.secrets.values.size).toBe(0);
  });

  test('a start_time that is gone is told by its code', async () => {
    const plane = controlPlane();
    plane.start.error = new CdcError('CDC_START_TIME_PURGED', 'the oldest is 2024-01-01');
    const response = await plane.post('/v1/post_task', { ...BODY, start_time: 1 });
    expect(response.status).toBe(422);
    expect((await answerOf(response)).data.code).toBe('CDC_START_TIME_PURGED');
  });

  test('a source that never answers ends at the deadline', async () => {
    const plane = controlPlane({
      sleep: async () => {},
      source: { check: () => new Promise(() => {}), takeStart: () => new Promise(() => {}) },
    });
    const response = await plane.post('/v1/post_task', BODY);
    expect((await answerOf(response)).data.code).toBe('CDC_SOURCE_UNREACHABLE');
  });

  test('check: runner asks nobody and says that there is no position', async () => {
    const plane = controlPlane();
    plane.start.error = new CdcError('CDC_SOURCE_UNREACHABLE', 'unreachable');
    const { data } = await answerOf(plane.post('/v1/post_task', { ...BODY, check: 'runner' }));
    expect(data).toMatchObject({
      position_name: null,
      position_pos: null,
      note: expect.stringMatching(/runner/),
    });
    expect((await stored(plane)).start).toEqual({ epoch: 1, at: null });
  });

  test('a refused host stops before anything is asked', async () => {
    const plane = controlPlane({
      hosts: {
        async allow(_host, path) {
          throw new CdcError('CDC_HOST_NOT_ALLOWED', 'no', { details: [{ path, problem: 'no' }] });
        },
      },
    });
    const { data } = await answerOf(plane.post('/v1/post_task', BODY));
    expect(data.code).toBe('CDC_HOST_NOT_ALLOWED');
    expect(plane.asked).toEqual([]);
  });

  test('tasks get server ids of their own', async () => {
    const plane = controlPlane();
    for (const id of ['a', 'b', 'c']) await plane.post('/v1/post_task', { ...BODY, task_id: id });
    const ids = await Promise.all(['a', 'b', 'c'].map(async (id) => (await stored(plane, id)).serverId));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toBeGreaterThanOrEqual(2 ** 31);
  });

  test('a launch that is refused leaves the task pending with the reason', async () => {
    const plane = controlPlane();
    plane.launcher.refusal = new CdcError('CDC_LAUNCH_FAILED', 'no room');
    expect((await plane.post('/v1/post_task', BODY)).status).toBe(200);
    expect(await view(plane)).toMatchObject({
      state: 'pending',
      error_msg: 'no room',
      error: { code: 'CDC_LAUNCH_FAILED' },
    });
  });
});

describe('the list', () => {
  test('is empty as the reference says', async () => {
    const response = await controlPlane().get('/v1/task');
    expect(await answerOf(response)).toEqual({
      error_code: 0,
      message: 'success',
      data: { task: {}, total: 0 },
    });
  });

  test('is paged and filtered, and holds ids of every kind', async () => {
    const plane = controlPlane();
    for (const id of ['a', '__proto__', 'c']) await plane.post('/v1/post_task', { ...BODY, task_id: id });
    const text = await (await plane.get('/v1/task?limit=2')).text();
    const first = (JSON.parse(text) as Answer).data;
    expect(Object.keys(first.task)).toEqual(['__proto__', 'a']);
    expect(first.total).toBe(3);
    const second = (await answerOf(plane.get(`/v1/task?limit=2&cursor=${first.cursor}`))).data;
    expect(Object.keys(second.task)).toEqual(['c']);
    expect(second.cursor).toBeUndefined();
    expect((await answerOf(plane.get('/v1/task?state=stopped'))).data.total).toBe(0);
    expect((await plane.get('/v1/task/__proto__')).status).toBe(200);
  });
});

describe('stop_task', () => {
  test('stop is idempotent, drains the runner and ends in stopped', async () => {
    const plane = await running();
    for (let times = 0; times < 2; times += 1) {
      const response = await plane.post('/v1/stop_task', { task_id: 'task_001', stop_type: 'stop' });
      expect(await answerOf(response)).toEqual({ error_code: 0, message: 'STOP TASK SUCCESS: task_001' });
    }
    const { run } = await stored(plane);
    expect(plane.launcher.stopped).toContain(run?.handle);
    expect(await view(plane)).toMatchObject({ state: 'stopping', stop_sync: true });
    plane.launcher.end(run?.handle ?? '', 0);
    await plane.tick();
    expect(await view(plane)).toMatchObject({ state: 'stopped', stop_sync: true, run: null });
    expect((await historyKinds(plane)).filter((kind) => kind === 'stop_requested')).toHaveLength(1);
  });

  test.each([{}, { stop_type: 'recovery_v1' }])('%j resumes from the checkpoint', async (fields) => {
    const plane = await stopped();
    const response = await plane.post('/v1/stop_task', { task_id: 'task_001', ...fields });
    expect(await answerOf(response)).toEqual({ error_code: 0, message: 'RECOVERY TASK SUCCESS: task_001' });
    expect(await stored(plane)).toMatchObject({
      desired: 'running',
      state: 'starting',
      generation: 2,
      start: { epoch: 1 },
    });
    expect(plane.launcher.launched).toHaveLength(2);
  });

  test('resuming a task that runs changes nothing', async () => {
    const plane = await running();
    const before = await stored(plane);
    expect((await plane.post('/v1/stop_task', { task_id: 'task_001' })).status).toBe(200);
    expect(await stored(plane)).toEqual(before);
  });

  test('recovery_v2 jumps to the latest position and the history says what was dropped', async () => {
    const plane = await stopped();
    const latest = { ...START, file: 'binlog.000009', position: 4 };
    plane.start.at = latest;
    await plane.post('/v1/stop_task', { task_id: 'task_001', stop_type: 'recovery_v2' });
    expect((await stored(plane)).start).toEqual({ epoch: 2, at: latest });
    const { data } = await answerOf(plane.get('/v1/task/task_001/history'));
    const jump = data.entries.find((entry) => entry.kind === 'position_jumped');
    expect(jump?.details).toMatchObject({
      from: { file: 'binlog.000007', position: 1234 },
      to: { file: 'binlog.000009', position: 4 },
    });
  });

  test('recovery_v2 of a running task replaces its run', async () => {
    const plane = await running();
    const { run } = await stored(plane);
    await plane.post('/v1/stop_task', { task_id: 'task_001', stop_type: 'recovery_v2' });
    expect(plane.launcher.stopped).toContain(run?.handle);
    plane.launcher.end(run?.handle ?? '', 0);
    await plane.tick();
    const task = await stored(plane);
    expect(task).toMatchObject({ state: 'starting', generation: 2, run: { generation: 2 } });
  });

  test('recovery_v2 without a source changes nothing', async () => {
    const plane = await stopped();
    const before = await stored(plane);
    plane.start.error = new CdcError('CDC_SOURCE_UNREACHABLE', 'away');
    const response = await plane.post('/v1/stop_task', { task_id: 'task_001', stop_type: 'recovery_v2' });
    expect(response.status).toBe(422);
    expect(await stored(plane)).toEqual(before);
  });

  test('a resume while the old run drains waits for it and then starts', async () => {
    const plane = await running();
    const { run } = await stored(plane);
    await plane.post('/v1/stop_task', { task_id: 'task_001', stop_type: 'stop' });
    await plane.post('/v1/stop_task', { task_id: 'task_001' });
    expect(plane.launcher.launched).toHaveLength(1);
    plane.launcher.end(run?.handle ?? '', 0);
    await plane.tick();
    expect(plane.launcher.launched).toHaveLength(2);
    expect(await stored(plane)).toMatchObject({ state: 'starting', generation: 2 });
  });
});

describe('update_task', () => {
  const UPDATE = { task_id: 'task_001', database: 'test', tables: ['a', 'test.b*'] };

  test('counts from the position of now and answers when the stream follows', async () => {
    const plane = await running();
    plane.start.at = { ...START, position: 9999 };
    let polls = 0;
    plane.meanwhile.run = async () => {
      polls += 1;
      if (polls === 3) await plane.runnerSays('task_001', runStatus({ filterVersion: 2 }));
    };
    const response = await plane.post('/v1/update_task', UPDATE);
    expect(await answerOf(response)).toEqual({
      error_code: 0,
      message: 'Update Success',
      data: {
        task_id: 'task_001',
        filter_version: 2,
        from: { file: 'binlog.000007', position: 9999 },
        followed: true,
      },
    });
    expect(polls).toBe(3);
    const task = await stored(plane);
    expect(task.filters).toEqual([
      { version: 1, filter: { databases: ['test'], tables: [], exclude: [] }, from: null },
      {
        version: 2,
        filter: { databases: ['test'], tables: ['a', 'test.b*'], exclude: [] },
        from: {
          file: 'binlog.000007',
          position: 9999,
          gtidSet: '3E11FA47-71CA-11E1-9E33-C80AA9429562:1-77',
          serverUuid: '3E11FA47-71CA-11E1-9E33-C80AA9429562',
        },
      },
    ]);
    expect(task.spec.tables).toEqual(['a', 'test.b*']);
    expect(plane.launcher.launched).toHaveLength(1);
    expect(await historyKinds(plane)).toContain('filter_changed');
  });

  test('gives up waiting after 8 s, and says so', async () => {
    const plane = await running();
    plane.meanwhile.run = () => plane.runnerSays('task_001', runStatus());
    const before = plane.time.nowMs;
    const { data } = await answerOf(plane.post('/v1/update_task', UPDATE));
    expect(data.followed).toBe(false);
    expect(plane.time.nowMs - before).toBe(8_000);
  });

  test('of a stopped task answers at once', async () => {
    const plane = await stopped();
    const before = plane.time.nowMs;
    expect((await plane.post('/v1/update_task', UPDATE)).status).toBe(200);
    expect(plane.time.nowMs).toBe(before);
  });

  test('without a source it counts at once', async () => {
    const plane = await stopped();
    plane.start.error = new CdcError('CDC_SOURCE_UNREACHABLE', 'away');
    const { data } = await answerOf(plane.post('/v1/update_task', UPDATE));
    expect(data.from).toBeNull();
    expect((await stored(plane)).filters.map((item) => item.version)).toEqual([2]);
  });

  test('lists that are left out become empty, as in the reference', async () => {
    const plane = await stopped();
    await plane.post('/v1/update_task', { task_id: 'task_001' });
    expect((await stored(plane)).spec).toMatchObject({ database: [], tables: [], exclude_table: [] });
  });

  test('versions that the checkpoint has passed are dropped', async () => {
    const plane = await stopped();
    for (const position of [2000, 3000, 4000]) {
      plane.start.at = { ...START, position };
      await plane.post('/v1/update_task', UPDATE);
    }
    await plane.stores.checkpoints.save('task_001', 1, {
      ...START,
      position: 3000,
      source: { serverUuid: START.serverUuid, flavor: 'mysql' },
      startEpoch: 1,
      rows: 0,
      sourceTimeMs: null,
      savedAtMs: 0,
      schemaVersion: null,
    });
    plane.start.at = { ...START, position: 5000 };
    await plane.post('/v1/update_task', UPDATE);
    expect((await stored(plane)).filters.map((item) => item.from?.position)).toEqual([3000, 4000, 5000]);
  });
});

describe('delete_task', () => {
  test('is gone for callers at once, and for good when the runner has let go', async () => {
    const plane = await running();
    const { run } = await stored(plane);
    const response = await plane.app.request('/v1/delete_task/task_001', { method: 'POST' });
    expect(await answerOf(response)).toEqual({ error_code: 0, message: 'DEL TASK SUCCESS: task_001' });
    expect((await plane.get('/v1/task/task_001')).status).toBe(404);
    expect((await answerOf(plane.get('/v1/task'))).data).toEqual({ task: {}, total: 0 });
    expect((await plane.app.request('/v1/delete_task/task_001', { method: 'POST' })).status).toBe(404);

    const early = await plane.post('/v1/post_task', BODY);
    expect(early.status).toBe(409);
    expect((await answerOf(early)).data.code).toBe('CDC_TASK_DELETING');
    expect(early.headers.get('retry-after')).toBe('2');

    plane.launcher.end(run?.handle ?? '', 0);
    await plane.tick();
    expect(await plane.stores.tasks.get('task_001')).toBeNull();
    expect(plane.stores.secrets.values.size).toBe(0);
    expect((await plane.post('/v1/post_task', BODY)).status).toBe(200);
  });

  test('post_task?wait=true waits for the id', async () => {
    const plane = await running();
    const { run } = await stored(plane);
    await plane.post('/v1/delete_task/task_001');
    let polls = 0;
    plane.meanwhile.run = async () => {
      polls += 1;
      if (polls === 5) plane.launcher.end(run?.handle ?? '', 0);
      await plane.tick();
    };
    expect((await plane.post('/v1/post_task?wait=true', BODY)).status).toBe(200);
    expect((await stored(plane)).version).toBeLessThan(4);
  });

  test('post_task?wait=true ends after 11 s', async () => {
    const plane = await running();
    await plane.post('/v1/delete_task/task_001');
    plane.meanwhile.run = () => plane.runnerSays('task_001', runStatus({ phase: 'draining' }));
    const before = plane.time.nowMs;
    expect((await plane.post('/v1/post_task?wait=true', BODY)).status).toBe(409);
    expect(plane.time.nowMs - before).toBe(11_000);
  });

  test('a task that never ran is removed at once', async () => {
    const plane = await stopped();
    await plane.post('/v1/delete_task/task_001');
    expect(await plane.stores.tasks.get('task_001')).toBeNull();
  });
});

describe('rewind_task', () => {
  test('moves a stopped task and keeps it stopped', async () => {
    const plane = await stopped();
    plane.start.at = { ...START, position: 4 };
    const response = await plane.post('/v1/rewind_task', {
      task_id: 'task_001',
      to: { position: 'binlog.000007:4' },
    });
    expect(response.status).toBe(200);
    expect(plane.asked.at(-1)).toEqual({
      kind: 'position',
      position: { file: 'binlog.000007', position: 4 },
    });
    expect(await view(plane)).toMatchObject({ state: 'stopped', position_pos: 4 });
    expect((await stored(plane)).start.epoch).toBe(2);
    expect(await historyKinds(plane)).toContain('position_jumped');
  });

  test.each([
    [{ gtid_set: 'uuid:1-5' }, { kind: 'gtid-set', gtidSet: 'uuid:1-5' }],
    [{ start_time: 1700000000 }, { kind: 'time', startTimeS: 1700000000 }],
    [
      { position: { file: 'b.1', position: 4 } },
      { kind: 'position', position: { file: 'b.1', position: 4 } },
    ],
  ])('%j is asked of the source', async (to, wanted) => {
    const plane = await stopped();
    await plane.post('/v1/rewind_task', { task_id: 'task_001', to });
    expect(plane.asked.at(-1)).toEqual(wanted);
  });

  test('of a running task is a conflict that says what to do', async () => {
    const plane = await running();
    const response = await plane.post('/v1/rewind_task', { task_id: 'task_001', to: { start_time: 1 } });
    expect(response.status).toBe(409);
    expect((await answerOf(response)).data).toMatchObject({
      code: 'CDC_TASK_CONFLICT',
      hint: expect.stringContaining('stop_task'),
    });
  });

  test('a place that the source does not have changes nothing', async () => {
    const plane = await stopped();
    const before = await stored(plane);
    plane.start.error = new CdcError('CDC_POSITION_INVALID', 'no such file');
    const response = await plane.post('/v1/rewind_task', { task_id: 'task_001', to: { position: 'x.9:4' } });
    expect(response.status).toBe(422);
    expect(await stored(plane)).toEqual(before);
  });
});

describe('check_task', () => {
  test('lists every finding and stores nothing', async () => {
    const plane = controlPlane();
    plane.findings.source = [{ name: 'retention', status: 'warn', message: '1 h' }];
    plane.findings.sink = [
      { name: 'connect', status: 'fail', message: 'no broker', code: 'CDC_SINK_UNREACHABLE' },
    ];
    const response = await plane.post('/v1/check_task', BODY);
    expect((await answerOf(response)).data).toEqual({
      ok: false,
      checks: [
        { subject: 'source', name: 'retention', status: 'warn', message: '1 h' },
        {
          subject: 'sink',
          name: 'connect',
          status: 'fail',
          message: 'no broker',
          code: 'CDC_SINK_UNREACHABLE',
        },
      ],
    });
    expect(await plane.stores.tasks.get('task_001')).toBeNull();
    expect(plane.stores.secrets.values.size).toBe(0);
  });

  test('a position that can not be had is a finding', async () => {
    const plane = controlPlane();
    plane.start.error = new CdcError('CDC_START_TIME_PURGED', 'purged');
    const { data } = await answerOf(plane.post('/v1/check_task', { ...BODY, start_time: 1 }));
    expect(data).toMatchObject({
      ok: false,
      checks: [{ name: 'start position', code: 'CDC_START_TIME_PURGED' }],
    });
  });
});

test('a retrying stream is running, and shows what it waits out', async () => {
  const plane = await running();
  const error = {
    code: 'CDC_SOURCE_DISCONNECTED' as const,
    message: 'connection lost',
    hint: 'h',
    atMs: 1000,
  };
  await plane.runnerSays('task_001', runStatus({ phase: 'retrying', error }));
  expect(await view(plane)).toMatchObject({
    state: 'running',
    error_msg: 'connection lost',
    error: { code: 'CDC_SOURCE_DISCONNECTED', at: '1970-01-01T00:00:01.000Z' },
  });
});

test('the history is paged', async () => {
  const plane = await stopped();
  const all = await historyKinds(plane);
  const first = (await answerOf(plane.get('/v1/task/task_001/history?limit=2'))).data;
  expect(first.entries).toHaveLength(2);
  const rest = (await answerOf(plane.get(`/v1/task/task_001/history?cursor=${first.cursor}`))).data;
  expect([...first.entries, ...rest.entries].map((entry) => entry.kind)).toEqual(all);
  expect(all.at(-1)).toBe('created');
});
