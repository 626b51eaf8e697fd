/** A thousand tasks in a minute against the rates of ECS and Fargate, as documented. */
import { RunTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { partOf } from '../../../core/task-parts.ts';
import { BODY, runStatus } from '../../support/control-plane.ts';
import { NO_FAULTS } from '../../support/simulated-ecs.ts';
import { SimulatedFleet } from '../../support/simulated-fleet.ts';

const COUNT = 1_000;
const MINUTE_MS = 60_000;
const idOf = (index: number): string => `t${String(index).padStart(4, '0')}`;

async function everyMinute(fleet: SimulatedFleet, minutes: number): Promise<void> {
  const sweeps: Promise<void>[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    sweeps.push(fleet.sweep());
    await fleet.time.sleep(MINUTE_MS);
  }
  await Promise.all(sweeps);
}

async function expectAllRun(fleet: SimulatedFleet): Promise<void> {
  const ids = Array.from({ length: COUNT }, (_item, index) => idOf(index));
  const tasks = await fleet.stores.tasks.getMany(ids);
  expect(tasks).toHaveLength(COUNT);
  expect(tasks.filter((task) => task.state !== 'running' || task.error !== null)).toEqual([]);
  // never two: ECS has started one task for each, and they all live
  expect(fleet.ecs.tasks.size).toBe(COUNT);
  expect(fleet.ecs.live()).toHaveLength(COUNT);
  expect(fleet.collisions).toEqual([]);
  for (const report of fleet.reports) expect(report.ms).toBeLessThan(MINUTE_MS);
}

test('tasks that are created over a minute all run after the next two sweeps', {
  timeout: 300_000,
}, async () => {
  const fleet = new SimulatedFleet({ seed: 1, storeMs: 10 });
  const create = async (index: number): Promise<void> => {
    await fleet.time.sleep((index * MINUTE_MS) / COUNT);
    const answer = await fleet.post('/v1/post_task', { ...BODY, task_id: idOf(index) });
    expect(answer?.status).toBe(200);
  };
  const creations = Array.from({ length: COUNT }, (_item, index) => create(index));
  await fleet.time.run(Promise.all([...creations, everyMinute(fleet, 4)]));
  await expectAllRun(fleet);
});

test('tasks that all wait at once are launched at the rate that ECS takes, in two sweeps', {
  timeout: 300_000,
}, async () => {
  const fleet = new SimulatedFleet({ seed: 2, storeMs: 10 });
  fleet.ecs.faults = { ...NO_FAULTS, throttled: 1 };
  const create = (index: number) => fleet.post('/v1/post_task', { ...BODY, task_id: idOf(index) });
  await fleet.time.run(Promise.all(Array.from({ length: COUNT }, (_item, index) => create(index))));
  expect(fleet.ecs.tasks.size).toBe(0);
  expect((await fleet.stores.tasks.get(idOf(0)))?.error?.code).toBe('CDC_LAUNCH_LIMITED');
  fleet.ecs.faults = NO_FAULTS;
  fleet.ecs.calls.run = 0;
  await fleet.time.run(everyMinute(fleet, 5));
  await expectAllRun(fleet);
  expect(fleet.reports[0]).toMatchObject({ tasks: COUNT, errors: 0 });
  expect(fleet.reports[0]?.looked).toBeGreaterThan(800);
  // nothing is asked for in vain
  expect(fleet.ecs.calls.run).toBeLessThan(COUNT * 1.02);
  const tasks = await fleet.stores.tasks.getMany([idOf(0), idOf(999)]);
  for (const task of tasks) expect(task).toMatchObject({ attempt: 1, failures: 0 });
});

/** Tasks that run, each with its lease and its task of ECS. */
async function stock(fleet: SimulatedFleet, count: number): Promise<void> {
  fleet.ecs.faults = { ...NO_FAULTS, throttled: 1 };
  await fleet.post('/v1/post_task', { ...BODY, task_id: 'model' });
  fleet.ecs.faults = NO_FAULTS;
  const model = await fleet.stores.tasks.get('model');
  if (model === null) throw new Error('not stored');
  await fleet.stores.tasks.remove('model', model.version);
  await Promise.all(
    Array.from({ length: count }, async (_item, index) => {
      const taskId = idOf(index);
      await fleet.time.sleep(index * 60);
      const startedBy = `galaxy/sim/${String(partOf(taskId)).padStart(2, '0')}`;
      const command = new RunTaskCommand({ taskDefinition: 'runner:1', clientToken: taskId, startedBy });
      const answer = (await fleet.ecs.api.send(command)) as { tasks?: Task[] };
      const handle = answer.tasks?.[0]?.taskArn ?? '';
      const run = { id: taskId, handle, generation: 1, launchedAtMs: fleet.time.nowMs, revision: 'runner:1' };
      await fleet.stores.tasks.create({ ...model, taskId, version: 1, state: 'running', run });
      const request = {
        taskId,
        owner: taskId,
        generation: 1,
        ttlMs: 9_000_000,
        nowMs: fleet.time.nowMs,
      };
      const lease = await fleet.stores.leases.acquire(request);
      if (lease !== null) await fleet.stores.leases.renew(lease, runStatus(), request.ttlMs, request.nowMs);
    }),
  );
}

test('a sweep of 10,000 tasks that run ends within a minute, with a hundred calls to ECS', {
  timeout: 300_000,
}, async () => {
  const fleet = new SimulatedFleet({ seed: 3, storeMs: 40 });
  fleet.ecs.onStart = () => new Promise(() => {});
  await fleet.time.run(stock(fleet, 10_000));
  const { describe, list, run, stop } = fleet.ecs.calls;
  await fleet.time.run(fleet.sweep());
  const [report] = fleet.reports;
  expect(report).toMatchObject({ tasks: 10_000, looked: 10_000, left: 0, described: 0, errors: 0 });
  expect(report?.ms).toBeLessThan(45_000);
  expect(fleet.ecs.calls).toMatchObject({ describe, run, stop, throttled: 0 });
  expect(fleet.ecs.calls.list - list).toBeLessThanOrEqual(120);
});
