import { expect, test } from 'vitest';
import { runIdOf } from '../../../../core/launcher.ts';
import type { Log, LogFields } from '../../../../core/log.ts';
import { RUN_DIED_EVENT } from '../../../../core/metric-names.ts';
import type { TaskRecord } from '../../../../core/task.ts';
import { sweepOnSchedule } from '../../../../functions/tasks/scheduled-sweep.ts';
import { type SweepOptions, sweep, WHOLE_SWEEP } from '../../../../functions/tasks/sweep.ts';
import { BODY, controlPlane, runStatus } from '../../../support/control-plane.ts';

type Plane = ReturnType<typeof controlPlane>;

const ON_AWS: SweepOptions = { ...WHOLE_SWEEP, trustLeases: true };
/** Not in the minute of the hour in which tasks at rest are looked at. */
const QUIET_MS = 1_700_000_000_000 - (1_700_000_000_000 % 3_600_000) + 600_000;

const sorted = (ids: readonly string[]): string[] => ids.toSorted((a, b) => (a < b ? -1 : 1));
const idOf = (index: number): string => `t${String(index).padStart(5, '0')}`;

async function template(plane: Plane): Promise<TaskRecord> {
  await plane.post('/v1/post_task', { ...BODY, task_id: 'template' });
  const task = await plane.stores.tasks.get('template');
  if (task === null) throw new Error('not stored');
  await plane.stores.tasks.remove('template', task.version);
  return { ...task, version: 1, run: null, attempt: 0, state: 'pending' };
}

/** Tasks by state; those that run hold their lease for ten seconds. */
async function stocked(counts: Partial<Record<TaskRecord['state'], number>>): Promise<Plane> {
  const plane = controlPlane({ nudge: async () => {} });
  plane.time.nowMs = QUIET_MS;
  const like = await template(plane);
  let index = 0;
  for (const [state, count] of Object.entries(counts) as [TaskRecord['state'], number][]) {
    for (let i = 0; i < count; i += 1, index += 1) {
      const taskId = idOf(index);
      const own = { ...like, taskId, state };
      const desired = state === 'stopped' ? 'stopped' : 'running';
      if (state !== 'running') {
        await plane.stores.tasks.create({ ...own, desired });
        continue;
      }
      const id = runIdOf({ ...own, attempt: 1 });
      const run = { id, handle: `h:${id}`, generation: 1, launchedAtMs: QUIET_MS - 90_000 };
      await plane.stores.tasks.create({ ...own, attempt: 1, run });
      const request = { taskId, generation: 1, attempt: 1, runId: id };
      plane.launcher.runs.set(run.handle, { request, observation: { kind: 'running' } });
      await plane.runnerSays(taskId, runStatus(), 10_000);
    }
  }
  return plane;
}

/** Counts what is asked of the stores and the launcher. */
function counted(plane: Plane) {
  const { tasks, leases } = plane.stores;
  const reads: string[] = [];
  const leaseReads: string[] = [];
  const described: string[] = [];
  const count = { writes: 0, lists: 0 };
  const { getMany, get, update, list } = tasks;
  tasks.getMany = async (ids) => {
    reads.push(...ids);
    return getMany(ids);
  };
  tasks.get = async (id) => {
    reads.push(id);
    return get(id);
  };
  tasks.update = async (task) => {
    count.writes += 1;
    return update(task);
  };
  tasks.list = async (options) => {
    count.lists += 1;
    return list(options);
  };
  const loadMany = leases.loadMany;
  leases.loadMany = async (ids) => {
    leaseReads.push(...ids);
    return loadMany(ids);
  };
  const describe = plane.launcher.describe.bind(plane.launcher);
  plane.launcher.describe = async (handles) => {
    described.push(...handles);
    return describe(handles);
  };
  return { reads, leaseReads, described, count };
}

test('a sweep of tasks that run reads each once, asks the platform nothing and writes nothing', async () => {
  const plane = await stocked({ running: 450 });
  const { reads, leaseReads, described, count } = counted(plane);
  const report = await sweep(plane.deps, ON_AWS);
  const ids = Array.from({ length: 450 }, (_item, i) => idOf(i));
  expect(sorted(reads)).toEqual(ids);
  expect(sorted(leaseReads)).toEqual(ids);
  expect(described).toEqual([]);
  expect(count).toEqual({ writes: 0, lists: 0 });
  expect(report).toMatchObject({ tasks: 450, looked: 450, left: 0, described: 0, errors: 0, strays: 0 });
});

test('tasks at rest are not read but for once an hour', async () => {
  const plane = await stocked({ stopped: 40, failed: 30, running: 3 });
  const { reads } = counted(plane);
  await sweep(plane.deps, ON_AWS);
  expect(reads).toHaveLength(3);
  reads.length = 0;
  plane.time.nowMs = QUIET_MS - 600_000;
  await sweep(plane.deps, ON_AWS);
  expect(reads).toHaveLength(73);
  reads.length = 0;
  plane.time.nowMs = QUIET_MS;
  await sweep(plane.deps, { ...ON_AWS, full: true });
  expect(reads).toHaveLength(73);
});

test('only a run whose lease is over is asked about', async () => {
  const plane = await stocked({ running: 5 });
  plane.time.nowMs += 9_000;
  for (const index of [0, 2, 4]) await plane.runnerSays(idOf(index), runStatus(), 10_000);
  plane.time.nowMs += 2_000;
  plane.launcher.end(`h:${(await plane.stores.tasks.get(idOf(3)))?.run?.id}`, 137);
  const { described } = counted(plane);
  const report = await sweep(plane.deps, ON_AWS);
  expect(described).toHaveLength(2);
  expect(report).toMatchObject({ described: 2, errors: 0 });
  expect((await plane.stores.tasks.get(idOf(3)))?.error?.code).toBe('CDC_RUNNER_DIED');
  expect((await plane.stores.tasks.get(idOf(1)))?.state).toBe('running');
});

test('a platform that does not answer leaves its runs to the next sweep, and the others go on', async () => {
  const plane = await stocked({ running: 4, pending: 2 });
  plane.time.nowMs += 20_000;
  plane.launcher.describe = async () => {
    throw new Error('socket hang up');
  };
  const before = await Promise.all([0, 1, 2, 3].map((index) => plane.stores.tasks.get(idOf(index))));
  const report = await sweep(plane.deps, ON_AWS);
  expect(report).toMatchObject({ errors: 1, left: 0 });
  expect(await Promise.all([0, 1, 2, 3].map((index) => plane.stores.tasks.get(idOf(index))))).toEqual(before);
  expect(plane.launcher.launched).toHaveLength(2);
});

test('a sweep without time enough stops, says what is left, and others come to the rest', async () => {
  const plane = await stocked({ running: 1_200 });
  const { reads } = counted(plane);
  const getMany = plane.stores.tasks.getMany;
  plane.stores.tasks.getMany = async (ids) => {
    plane.time.nowMs += 100;
    return getMany(ids);
  };
  let sweeps = 0;
  for (; new Set(reads).size < 1_200 && sweeps < 20; sweeps += 1) {
    plane.time.nowMs = QUIET_MS + sweeps * 60_000;
    const read = reads.length;
    const report = await sweep(plane.deps, { ...ON_AWS, untilMs: plane.time.nowMs + 300 });
    expect(report.looked + report.left).toBe(1_200);
    expect(report.left).toBeGreaterThanOrEqual(400);
    expect(reads.length - read).toBe(report.looked);
    // nothing that needs to have seen all of them
    expect(report).toMatchObject({ strays: 0, replaced: 0 });
    for (let i = 0; i < 1_200; i += 1) await plane.runnerSays(idOf(i), runStatus(), 70_000);
  }
  expect(new Set(reads).size).toBe(1_200);
  expect(sweeps).toBeLessThanOrEqual(8);
});

test('launches that have to wait do not keep a sweep from those that run', async () => {
  const plane = await stocked({ pending: 200, running: 300 });
  const { reads } = counted(plane);
  const launch = plane.launcher.launch.bind(plane.launcher);
  plane.launcher.launch = async (request) => {
    plane.time.nowMs += 60_000;
    return launch(request);
  };
  const report = await sweep(plane.deps, { ...ON_AWS, untilMs: plane.time.nowMs + 50_000 });
  expect(reads.filter((id) => id >= idOf(200))).toHaveLength(300);
  expect(report.left).toBeGreaterThan(0);
});

function logged(plane: Plane) {
  const lines: { event: string; fields: LogFields }[] = [];
  const keep = (event: string, fields: LogFields = {}): void => void lines.push({ event, fields });
  const log: Log = { info: keep, warn: keep, error: keep, with: () => log };
  return { deps: { ...plane.deps, log }, lines };
}

test('a schedule sweeps its shard within the time that the function has', async () => {
  const plane = await stocked({ running: 300 });
  const { deps, lines } = logged(plane);
  const half = { stage: 'test', rollAtOnce: 0, remainingMs: 60_000 };
  const first = await sweepOnSchedule(deps, { shard: 0, of: 2 }, half);
  const second = await sweepOnSchedule(deps, { shard: 1, of: 2 }, half);
  expect(first.looked + second.looked).toBe(300);
  expect(first.looked).toBeGreaterThan(90);
  const whole = await sweepOnSchedule(deps, undefined, half);
  expect(whole.looked).toBe(300);
  expect(lines.map(({ event }) => event)).toEqual(['sweep', 'sweep', 'sweep']);
  lines.length = 0;
  const many = await stocked({ running: 1_000 });
  const slow = many.stores.tasks.getMany;
  many.stores.tasks.getMany = async (ids) => {
    many.time.nowMs += 1_000;
    return slow(ids);
  };
  const cut = await sweepOnSchedule(
    { ...many.deps, log: deps.log },
    {},
    { stage: 'test', rollAtOnce: 0, remainingMs: 15_001 },
  );
  expect(cut.left).toBeGreaterThanOrEqual(500);
  expect(lines).toMatchObject([
    { event: 'sweep_cut_short', fields: { shard: 0, of: 1, tasks: 1_000, left: cut.left } },
  ]);
});

test('a schedule that names no shard, and a function without time, are refused', async () => {
  const plane = controlPlane();
  const options = { stage: 'test', rollAtOnce: 0, remainingMs: 60_000 };
  await expect(sweepOnSchedule(plane.deps, { shard: 3, of: 2 }, options)).rejects.toMatchObject({
    code: 'CDC_CONFIG',
  });
  await expect(
    sweepOnSchedule(plane.deps, {}, { stage: 'test', rollAtOnce: 0, remainingMs: 10_000 }),
  ).rejects.toMatchObject({ code: 'CDC_CONFIG', message: expect.stringMatching(/15 s/) });
});

test('two sweeps at once do each thing once', async () => {
  const plane = await stocked({ pending: 50 });
  await Promise.all([sweep(plane.deps, ON_AWS), sweep(plane.deps, ON_AWS), sweep(plane.deps, ON_AWS)]);
  expect(plane.launcher.runs.size).toBe(50);
  for (let i = 0; i < 50; i += 1) {
    expect(await plane.stores.tasks.get(idOf(i))).toMatchObject({ state: 'starting', attempt: 1 });
    const { entries } = await plane.stores.history.page(idOf(i), { limit: 10 });
    expect(entries.filter(({ kind }) => kind === 'launched')).toHaveLength(1);
  }
});

test('a sweep tells how the tasks do: who is silent, how far behind they are, how many have failed', async () => {
  const plane = await stocked({ running: 3, failed: 2, stopped: 1 });
  await plane.runnerSays(idOf(0), runStatus({ lagMs: 4_500, purgeInMs: 7_200_000 }), 10_000);
  plane.time.nowMs += 5_000;
  const told = await sweepOnSchedule(plane.deps, {}, { stage: 'test', rollAtOnce: 0, remainingMs: 60_000 });
  expect(told).toMatchObject({ tasks: 3, failed: 2, silent: 0, lagMaxSeconds: 4.5, purgeMinHours: 2 });
  const other = { stage: 'test', rollAtOnce: 0, remainingMs: 60_000 };
  expect(await sweepOnSchedule(plane.deps, { shard: 1, of: 2 }, other)).toMatchObject({ failed: null });
});

test('a run that dies is told by the name that the deployment counts; one that drains is not', async () => {
  const plane = await stocked({ running: 2 });
  const { deps, lines } = logged(plane);
  const [dead, drained] = [...plane.launcher.runs.values()];
  if (dead === undefined || drained === undefined) throw new Error('no runs');
  dead.observation = { kind: 'ended', exitCode: 137, reason: 'killed' };
  drained.observation = { kind: 'ended', exitCode: 0, reason: 'drained' };
  await sweep(deps, WHOLE_SWEEP);
  const died = lines.filter(({ event }) => event === RUN_DIED_EVENT);
  expect(died).toMatchObject([{ fields: { taskId: dead.request.taskId, reason: 'killed' } }]);
});
