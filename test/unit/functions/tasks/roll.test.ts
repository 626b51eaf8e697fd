import { expect, test } from 'vitest';
import type { TaskError, TaskRecord } from '../../../../core/task.ts';
import { planRoll, type RollView } from '../../../../functions/tasks/roll.ts';
import { type SweepOptions, sweep, WHOLE_SWEEP } from '../../../../functions/tasks/sweep.ts';
import { BODY, controlPlane, runStatus } from '../../../support/control-plane.ts';

type Plane = ReturnType<typeof controlPlane>;

const view = (taskId: string, fields: Partial<RollView> = {}): RollView => ({
  taskId,
  runId: `${taskId}/1`,
  revision: 'runner:1',
  rolling: false,
  streams: true,
  ...fields,
});

const NEW = { revision: 'runner:2' };

test.each<[string, RollView[], number, string[]]>([
  ['the first one goes alone', [view('c'), view('a'), view('b')], 5, ['a']],
  ['behind one that streams go more', [view('z', NEW), view('c'), view('a'), view('b')], 2, ['a', 'b']],
  ['none goes while one is under way', [view('z', NEW), view('a', { rolling: true }), view('b')], 5, []],
  [
    'a newer one that does not stream proves nothing',
    [view('z', { ...NEW, streams: false }), view('a'), view('b')],
    5,
    ['a'],
  ],
  ['one that does not stream is left alone', [view('a', { streams: false }), view('b')], 5, ['b']],
  ['a run of unknown revision is out of date', [view('a', { revision: null })], 5, ['a']],
  ['nothing is to be done where all are new', [view('a', NEW), view('b', NEW)], 5, []],
  ['none goes where none may', [view('a')], 0, []],
])('%s', (_name, views, atOnce, ids) => {
  expect(planRoll(views, 'runner:2', atOnce)).toEqual(ids);
});

const AWAY: TaskError = { code: 'CDC_SOURCE_DISCONNECTED', message: 'm', hint: 'h', atMs: 1 };
const OPTIONS: SweepOptions = { ...WHOLE_SWEEP, trustLeases: true, rollAtOnce: 2 };

async function stored(plane: Plane, taskId: string): Promise<TaskRecord> {
  const task = await plane.stores.tasks.get(taskId);
  if (task === null) throw new Error(`${taskId} is not stored`);
  return task;
}

/** Runs of all tasks say that they stream, unless they were told to end: those end, drained, and the next come. */
async function turn(
  plane: Plane,
  ids: readonly string[],
  broken: ReadonlySet<string> = new Set(),
  deaf: ReadonlySet<string> = new Set(),
) {
  for (const taskId of ids) {
    const { run } = await stored(plane, taskId);
    if (run === null) continue;
    if (plane.launcher.stopped.includes(run.handle)) {
      plane.launcher.end(run.handle, 0);
      const lease = await plane.stores.leases.load(taskId);
      if (lease?.owner === run.id) await plane.stores.leases.release(lease, runStatus({ phase: 'stopped' }));
    } else if (broken.has(run.revision ?? '')) {
      plane.launcher.end(run.handle, 1);
    } else if (deaf.has(run.revision ?? '')) {
      await plane.runnerSays(taskId, runStatus({ phase: 'retrying', error: AWAY }), 90_000);
    } else {
      await plane.runnerSays(taskId, runStatus(), 90_000);
    }
  }
  plane.time.nowMs += 60_000;
  const report = await sweep(plane.deps, OPTIONS);
  return report.replaced;
}

const IDS = ['a', 'b', 'c', 'd', 'e'];

async function upgraded(): Promise<Plane> {
  const plane = controlPlane();
  plane.launcher.revision = 'runner:1';
  for (const task_id of IDS) await plane.post('/v1/post_task', { ...BODY, task_id });
  await turn(plane, IDS);
  expect((await stored(plane, 'a')).run?.revision).toBe('runner:1');
  plane.launcher.revision = 'runner:2';
  return plane;
}

const revisions = async (plane: Plane) =>
  Promise.all(IDS.map(async (taskId) => (await stored(plane, taskId)).run?.revision ?? null));

test('an upgrade replaces the first run, then two at a time, each time when all stream again', async () => {
  const plane = await upgraded();
  const replaced: number[] = [];
  let most = 0;
  for (let turns = 0; turns < 12; turns += 1) {
    replaced.push(await turn(plane, IDS));
    const rolling = (await Promise.all(IDS.map((id) => stored(plane, id)))).filter(
      (task) => (task.roll ?? null) !== null,
    );
    most = Math.max(most, rolling.length);
  }
  expect(replaced.filter((count) => count > 0)).toEqual([1, 2, 2]);
  expect(most).toBe(2);
  expect(await revisions(plane)).toEqual(IDS.map(() => 'runner:2'));
  expect(plane.launcher.stopped).toHaveLength(5);
  for (const id of IDS) {
    expect(await stored(plane, id)).toMatchObject({ state: 'running', roll: null, failures: 0, error: null });
    const { entries } = await plane.stores.history.page(id, { limit: 50 });
    expect(entries.filter(({ kind }) => kind === 'run_replaced')).toMatchObject([
      { message: 'the runner is replaced: runner:1 by runner:2', details: { to: 'runner:2' } },
    ]);
  }
});

test('a revision that does not stream replaces one run and no more, and going back mends it', async () => {
  const plane = await upgraded();
  for (let turns = 0; turns < 8; turns += 1) await turn(plane, IDS, new Set(['runner:2']));
  expect(plane.launcher.stopped).toHaveLength(1);
  expect((await stored(plane, 'a')).failures).toBeGreaterThan(0);
  expect((await revisions(plane)).slice(1)).toEqual(IDS.slice(1).map(() => 'runner:1'));
  plane.launcher.revision = 'runner:1';
  for (let turns = 0; turns < 4; turns += 1) await turn(plane, IDS, new Set(['runner:2']));
  expect(await revisions(plane)).toEqual(IDS.map(() => 'runner:1'));
  expect((await stored(plane, 'a')).state).toBe('running');
  expect(plane.launcher.stopped).toHaveLength(1);
});

test('a revision that never reaches its source replaces one run and no more', async () => {
  const plane = await upgraded();
  for (let turns = 0; turns < 10; turns += 1) await turn(plane, IDS, new Set(), new Set(['runner:2']));
  expect(plane.launcher.stopped).toHaveLength(1);
  // its source is back
  for (let turns = 0; turns < 12; turns += 1) await turn(plane, IDS);
  expect(await revisions(plane)).toEqual(IDS.map(() => 'runner:2'));
});

test('a revision that streams and dies within its first minute replaces one run and no more', async () => {
  const plane = await upgraded();
  const others = IDS.filter((id) => id !== 'a');
  await turn(plane, IDS);
  await turn(plane, IDS);
  expect((await stored(plane, 'a')).run?.revision).toBe('runner:2');
  for (let turns = 0; turns < 10; turns += 1) {
    const { run } = await stored(plane, 'a');
    if (run !== null) {
      await plane.runnerSays('a', runStatus(), 10_000);
      await sweep(plane.deps, OPTIONS);
      expect((await stored(plane, 'a')).state).toBe('running');
      plane.launcher.end(run.handle, 1);
      plane.time.nowMs += 11_000;
    }
    await turn(plane, others);
  }
  expect(plane.launcher.stopped).toHaveLength(1);
});

test('a task that fails for good behind its replacement holds up the others until a person has seen to it', async () => {
  const plane = await upgraded();
  await turn(plane, IDS);
  const { run } = await stored(plane, 'a');
  const error: TaskError = { code: 'CDC_CONFIG', message: 'm', hint: 'h', atMs: 1 };
  plane.launcher.end(run?.handle ?? '', 3);
  const lease = await plane.stores.leases.load('a');
  if (lease !== null) await plane.stores.leases.release(lease, runStatus({ phase: 'failed', error }));
  await sweep(plane.deps, OPTIONS);
  for (let turns = 0; turns < 5; turns += 1) await turn(plane, IDS);
  expect((await stored(plane, 'a')).state).toBe('failed');
  expect(plane.launcher.stopped).toHaveLength(1);
  await plane.post('/v1/stop_task', { task_id: 'a', stop_type: 'stop' });
  for (let turns = 0; turns < 10; turns += 1) await turn(plane, IDS);
  expect((await revisions(plane)).slice(1)).toEqual(IDS.slice(1).map(() => 'runner:2'));
});

test('a request to drain that got lost is made again by the next sweep', async () => {
  const plane = await upgraded();
  const stop = plane.launcher.stop.bind(plane.launcher);
  plane.launcher.stop = async () => {
    plane.launcher.stop = stop;
    throw new Error('socket hang up');
  };
  await turn(plane, IDS);
  expect(plane.launcher.stopped).toHaveLength(0);
  await turn(plane, IDS);
  expect(plane.launcher.stopped).toHaveLength(1);
});

test('nothing is replaced where runs do not differ, or where it is switched off', async () => {
  const plane = await upgraded();
  plane.launcher.revision = null;
  await turn(plane, IDS);
  plane.launcher.revision = 'runner:2';
  for (const taskId of IDS) await plane.runnerSays(taskId, runStatus(), 90_000);
  await sweep(plane.deps, { ...OPTIONS, rollAtOnce: 0 });
  expect(plane.launcher.stopped).toEqual([]);
});
