import { expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import type { Log } from '../../../../core/log.ts';
import { type ReadEvent, readTaskEvent } from '../../../../functions/launcher/ecs-events.ts';
import { onTaskEvent } from '../../../../functions/tasks/task-event.ts';
import { BODY, controlPlane, runStatus } from '../../../support/control-plane.ts';
import { ECS_EVENT_NAMES, ecsEvent } from '../../../support/ecs-events.ts';

type Plane = ReturnType<typeof controlPlane>;

const SCOPE = {
  cluster: 'galaxy-test-cluster',
  container: 'runner',
  isOwn: (task: { startedBy?: string | undefined }) => task.startedBy === 'galaxy/test/12',
};

/** A task whose run is the one that the events are about, streaming, and which ECS is slow to tell of. */
async function streaming(): Promise<Plane> {
  const plane = controlPlane();
  await plane.post('/v1/post_task', BODY);
  const task = await stored(plane);
  const handle = String(ecsEvent('running').detail.taskArn);
  const run = { id: task.run?.id ?? '', handle, generation: 1, launchedAtMs: plane.time.nowMs };
  await plane.stores.tasks.update({ ...task, run });
  await plane.runnerSays('task_001', runStatus());
  plane.launcher.runs.set(handle, {
    request: { taskId: 'task_001', generation: 1, attempt: 1, runId: run.id },
    observation: { kind: 'running' },
  });
  plane.time.nowMs += 61_000;
  await plane.runnerSays('task_001', runStatus());
  await plane.tick();
  // the run of the launch, in whose place the one of the events is
  plane.launcher.stopped.length = 0;
  expect((await stored(plane)).state).toBe('running');
  return plane;
}

async function stored(plane: Plane) {
  const task = await plane.stores.tasks.get('task_001');
  if (task === null) throw new Error('not stored');
  return task;
}

const read = (...event: Parameters<typeof ecsEvent>): ReadEvent => readTaskEvent(ecsEvent(...event), SCOPE);

test('an end is believed before ECS tells of it when asked', async () => {
  const plane = await streaming();
  await onTaskEvent(plane.deps, read('stopped_out_of_memory'));
  const task = await stored(plane);
  expect(task).toMatchObject({ state: 'pending', run: null, error: { code: 'CDC_RUNNER_DIED' } });
  expect(task.error?.message).toContain('OutOfMemoryError');
  expect((await plane.stores.leases.load('task_001'))?.expiresAtMs).toBe(0);
});

test('a run that Spot took back after its drain is started again at once', async () => {
  const plane = await streaming();
  const launches = plane.launcher.launched.length;
  await onTaskEvent(plane.deps, read('stopped_spot'));
  expect(plane.launcher.launched).toHaveLength(launches + 1);
  expect((await stored(plane)).state).toBe('starting');
});

test('events in any order, each any number of times, end the run once', async () => {
  const plane = await streaming();
  const launches = plane.launcher.launched.length;
  const names = [...ECS_EVENT_NAMES, ...ECS_EVENT_NAMES.toReversed()];
  // several reconcilers at the same end
  await Promise.all([1, 2, 3].map(() => onTaskEvent(plane.deps, read('stopped_spot'))));
  await Promise.all(names.map((name) => onTaskEvent(plane.deps, read(name))));
  for (const name of names) await onTaskEvent(plane.deps, read(name));
  expect(plane.launcher.launched).toHaveLength(launches + 1);
  expect(plane.launcher.stopped).toEqual([]);
  const { entries } = await plane.stores.history.page('task_001', { limit: 100 });
  expect(entries.filter(({ kind }) => kind === 'run_ended')).toHaveLength(1);
});

test('a late end does not touch the run that came after it', async () => {
  const plane = await streaming();
  await onTaskEvent(plane.deps, read('stopped_spot'));
  await plane.runnerSays('task_001', runStatus());
  await plane.tick();
  const before = await stored(plane);
  expect(before.state).toBe('running');
  await onTaskEvent(plane.deps, read('stopped_exit_3'));
  expect(await stored(plane)).toEqual(before);
});

test('an event of a task that is gone, or was made anew, changes nothing', async () => {
  const plane = await streaming();
  const event = read('stopped_by_us');
  await plane.post('/v1/delete_task/task_001');
  await onTaskEvent(plane.deps, event);
  expect(await plane.stores.tasks.get('task_001')).toBeNull();
  await onTaskEvent(plane.deps, event);
  await plane.post('/v1/post_task', BODY);
  const before = await stored(plane);
  await onTaskEvent(plane.deps, event);
  expect(await stored(plane)).toEqual(before);
});

function logged(plane: Plane) {
  const lines: { event: string; fields: unknown }[] = [];
  const keep = (event: string, fields: unknown): void => void lines.push({ event, fields });
  const log: Log = { info: keep, warn: keep, error: keep, with: () => log };
  return { deps: { ...plane.deps, log }, lines };
}

test('what is broken is in the log and comes no more; a store that is away has the event come again', async () => {
  const plane = await streaming();
  const { deps, lines } = logged(plane);
  await onTaskEvent(deps, readTaskEvent({ hello: 1 }, SCOPE));
  expect(lines.map(({ event }) => event)).toEqual(['event_not_understood']);
  const get = plane.stores.tasks.get;
  plane.stores.tasks.get = async () => {
    throw new CdcError('CDC_STORE_UNAVAILABLE', 'away');
  };
  await expect(onTaskEvent(deps, read('stopped_spot'))).rejects.toMatchObject({
    code: 'CDC_STORE_UNAVAILABLE',
  });
  plane.stores.tasks.get = async () => {
    throw new CdcError('CDC_ITEM_TOO_LARGE', 'for good');
  };
  await onTaskEvent(deps, read('stopped_spot'));
  expect(lines.map(({ event }) => event)).toEqual([
    'event_not_understood',
    'reconcile_failed',
    'reconcile_failed',
  ]);
  plane.stores.tasks.get = get;
});
