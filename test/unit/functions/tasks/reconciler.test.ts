import { expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import { runIdOf } from '../../../../core/launcher.ts';
import type { TaskRecord } from '../../../../core/task.ts';
import { BODY, controlPlane, runStatus } from '../../../support/control-plane.ts';

type Plane = ReturnType<typeof controlPlane>;

async function stored(plane: Plane, taskId = 'task_001'): Promise<TaskRecord> {
  const task = await plane.stores.tasks.get(taskId);
  if (task === null) throw new Error(`${taskId} is not stored`);
  return task;
}

async function posted(taskIds = ['task_001']): Promise<Plane> {
  const plane = controlPlane();
  for (const task_id of taskIds) await plane.post('/v1/post_task', { ...BODY, task_id });
  return plane;
}

const handleOf = async (plane: Plane, taskId = 'task_001'): Promise<string> =>
  (await stored(plane, taskId)).run?.handle ?? 'none';

test('a runner that dies again and again is started again ever later, and never given up', async () => {
  const plane = await posted();
  const delays: number[] = [];
  for (let times = 0; times < 9; times += 1) {
    plane.launcher.end(await handleOf(plane), 1);
    await plane.tick();
    const task = await stored(plane);
    expect(task).toMatchObject({ state: 'pending', run: null, error: { code: 'CDC_RUNNER_DIED' } });
    delays.push((task.nextLaunchAtMs ?? 0) - plane.time.nowMs);
    plane.time.nowMs = task.nextLaunchAtMs ?? 0;
    await plane.tick();
    expect((await stored(plane)).state).toBe('starting');
  }
  expect(delays).toEqual([750, 1500, 3000, 6000, 12000, 24000, 45000, 45000, 45000]);
  expect(plane.launcher.launched.map((request) => request.attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set(plane.launcher.launched.map((request) => request.runId)).size).toBe(10);
});

test('a minute of health begins the backoff anew', async () => {
  const plane = await posted();
  for (let times = 0; times < 3; times += 1) {
    plane.launcher.end(await handleOf(plane), 1);
    await plane.tick();
    plane.time.nowMs = (await stored(plane)).nextLaunchAtMs ?? 0;
    await plane.tick();
  }
  expect((await stored(plane)).failures).toBe(3);
  await plane.runnerSays('task_001', runStatus(), 1_000_000);
  await plane.tick();
  plane.time.nowMs += 60_000;
  plane.launcher.end(await handleOf(plane), 1);
  await plane.tick();
  expect((await stored(plane)).failures).toBe(1);
});

test('behind runs that streamed the backoff stays short, however many are killed', async () => {
  const plane = await posted();
  const delays: number[] = [];
  for (let times = 0; times < 6; times += 1) {
    await plane.runnerSays('task_001', runStatus(), 10_000);
    await plane.tick();
    expect((await stored(plane)).state).toBe('running');
    plane.launcher.end(await handleOf(plane), 137);
    await plane.tick();
    delays.push(((await stored(plane)).nextLaunchAtMs ?? 0) - plane.time.nowMs);
    plane.time.nowMs = (await stored(plane)).nextLaunchAtMs ?? 0;
    await plane.tick();
  }
  expect(delays).toEqual([375, 750, 1500, 2250, 2250, 2250]);
});

test('a failed task stays failed until it is resumed', async () => {
  const plane = await posted();
  const error = { code: 'CDC_BINLOG_PURGED' as const, message: 'gone', hint: 'resume', atMs: 1 };
  await plane.runnerSays('task_001', runStatus({ phase: 'failed', error }));
  plane.launcher.end(await handleOf(plane), 3);
  await plane.tick();
  await plane.tick();
  expect(await stored(plane)).toMatchObject({
    state: 'failed',
    run: null,
    error: { code: 'CDC_BINLOG_PURGED' },
  });
  expect(plane.launcher.launched).toHaveLength(1);
  await plane.post('/v1/stop_task', { task_id: 'task_001' });
  expect(await stored(plane)).toMatchObject({ state: 'starting', error: null, generation: 2 });
});

test("a dead runner's lease is freed, so that the next start need not wait", async () => {
  const plane = await posted();
  await plane.runnerSays('task_001', runStatus(), 1_000_000);
  plane.launcher.end(await handleOf(plane), null);
  await plane.tick();
  expect((await plane.stores.leases.load('task_001'))?.expiresAtMs).toBe(0);
  plane.time.nowMs += 1_000;
  await plane.tick();
  expect(plane.launcher.launched).toHaveLength(2);
});

test('a taken server id is changed before the next launch', async () => {
  const plane = await posted();
  const { serverId } = await stored(plane);
  const error = { code: 'CDC_SERVER_ID_TAKEN' as const, message: 'taken', hint: 'h', atMs: 1 };
  await plane.runnerSays('task_001', runStatus({ phase: 'failed', error }));
  plane.launcher.end(await handleOf(plane), 1);
  const random = plane.deps as { random: () => number };
  random.random = () => 0.25;
  await plane.tick();
  expect((await stored(plane)).serverId).not.toBe(serverId);
});

test('one bad task does not hold up the others', async () => {
  const plane = await posted(['a', 'b', 'c']);
  for (const taskId of ['a', 'b', 'c']) plane.launcher.end(await handleOf(plane, taskId), 1);
  const update = plane.stores.tasks.update.bind(plane.stores.tasks);
  plane.stores.tasks.update = async (task) => {
    if (task.taskId === 'b') throw new CdcError('CDC_INTERNAL', 'this item is broken');
    return update(task);
  };
  await plane.tick();
  expect((await stored(plane, 'a')).state).toBe('pending');
  expect((await stored(plane, 'c')).state).toBe('pending');
});

test('a stop that comes in during a launch still finds the run', async () => {
  const plane = controlPlane();
  const launch = plane.launcher.launch.bind(plane.launcher);
  plane.launcher.launch = async (request) => {
    plane.launcher.launch = launch;
    await plane.stores.tasks.update({ ...(await stored(plane)), desired: 'stopped', state: 'stopped' });
    return launch(request);
  };
  await plane.post('/v1/post_task', BODY);
  expect((await stored(plane)).run).not.toBeNull();
  await plane.tick();
  expect(plane.launcher.stopped).toEqual([await handleOf(plane)]);
  plane.launcher.end(await handleOf(plane), 0);
  await plane.tick();
  expect(await stored(plane)).toMatchObject({ desired: 'stopped', state: 'stopped', run: null });
});

test('a run that comes late for a task that was stopped is drained, also by a sweep that reads no task at rest', async () => {
  const plane = controlPlane();
  const launch = plane.launcher.launch.bind(plane.launcher);
  plane.launcher.launch = async (request) => {
    plane.launcher.launch = launch;
    await plane.stores.tasks.update({ ...(await stored(plane)), desired: 'stopped', state: 'stopped' });
    return launch(request);
  };
  await plane.post('/v1/post_task', BODY);
  expect(await stored(plane)).toMatchObject({ state: 'stopping', desired: 'stopped' });
});

test('a launch for a task that is gone meanwhile is stopped', async () => {
  const plane = controlPlane();
  const launch = plane.launcher.launch.bind(plane.launcher);
  plane.launcher.launch = async (request) => {
    const task = await stored(plane);
    await plane.stores.tasks.remove(task.taskId, task.version);
    return launch(request);
  };
  await plane.post('/v1/post_task', BODY);
  expect(plane.launcher.stopped).toHaveLength(1);
});

test('runs that no task knows are stopped, and those being launched are not', async () => {
  const plane = await posted();
  const orphan = { taskId: 'gone', generation: 1, attempt: 1, runId: 'gone/1/1/1' };
  const { handle } = await plane.launcher.launch(orphan);
  await plane.tick();
  expect(plane.launcher.stopped).toEqual([handle]);
});

test('a run that a task had before is stopped, one that it may be about to have is not', async () => {
  const plane = controlPlane({ nudge: async () => {} });
  await plane.post('/v1/post_task', BODY);
  const task = await stored(plane);
  await plane.stores.tasks.update({ ...task, attempt: 4, nextLaunchAtMs: plane.time.nowMs + 5_000 });
  const request = (attempt: number) => ({
    taskId: 'task_001',
    generation: 1,
    attempt,
    runId: runIdOf({ ...task, attempt }),
  });
  const { handle: before } = await plane.launcher.launch(request(4));
  await plane.launcher.launch(request(5));
  await plane.tick();
  expect(plane.launcher.stopped).toEqual([before]);
});

test('a platform that takes no more launches uses up neither an attempt nor the patience', async () => {
  const plane = controlPlane();
  plane.launcher.refusal = new CdcError(
    'CDC_LAUNCH_LIMITED',
    'ECS takes no more launches now: Rate exceeded',
  );
  await plane.post('/v1/post_task', BODY);
  for (let times = 0; times < 5; times += 1) {
    expect(await stored(plane)).toMatchObject({
      state: 'pending',
      attempt: 0,
      failures: 0,
      error: { code: 'CDC_LAUNCH_LIMITED' },
    });
    plane.time.nowMs = (await stored(plane)).nextLaunchAtMs ?? 0;
    await plane.tick();
  }
  const { entries } = await plane.stores.history.page('task_001', { limit: 50 });
  expect(entries.filter(({ kind }) => kind === 'error')).toHaveLength(1);
  plane.launcher.refusal = null;
  plane.time.nowMs += 60_000;
  await plane.tick();
  expect(await stored(plane)).toMatchObject({ state: 'starting', attempt: 1 });
});

test('launches that were refused are not counted as restarts', async () => {
  const plane = controlPlane();
  plane.launcher.refusal = new CdcError('CDC_LAUNCH_FAILED', 'no room');
  await plane.post('/v1/post_task', BODY);
  plane.time.nowMs += 60_000;
  await plane.tick();
  plane.launcher.refusal = null;
  plane.time.nowMs += 60_000;
  await plane.tick();
  expect(await stored(plane)).toMatchObject({ attempt: 3, state: 'starting' });
  const { data } = (await (await plane.get('/v1/task/task_001')).json()) as { data: { restarts: number } };
  expect(data.restarts).toBe(0);
});

test('a lost launch answer leads to the same run', async () => {
  const plane = controlPlane();
  const launch = plane.launcher.launch.bind(plane.launcher);
  plane.launcher.launch = async (request) => {
    await launch(request);
    plane.launcher.launch = launch;
    throw new Error('socket hang up');
  };
  await plane.post('/v1/post_task', BODY);
  expect((await stored(plane)).state).toBe('pending');
  plane.time.nowMs += 1_000;
  await plane.tick();
  expect(plane.launcher.runs.size).toBe(1);
  expect((await stored(plane)).state).toBe('starting');
});

test('more tasks than a page holds are all looked at', async () => {
  const ids = Array.from({ length: 450 }, (_, index) => `t${index}`);
  const plane = controlPlane({ nudge: async () => {} });
  for (const task_id of ids) await plane.post('/v1/post_task', { ...BODY, task_id });
  await plane.tick();
  expect(plane.launcher.launched).toHaveLength(450);
});
