/** A thousand tasks in a minute against the rates of ECS and Fargate, as documented. */
import { expect, test } from 'vitest';
import { BODY } from '../../support/control-plane.ts';
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
  timeout: 60_000,
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
  timeout: 60_000,
}, async () => {
  const fleet = new SimulatedFleet({ seed: 2, storeMs: 10 });
  fleet.ecs.faults = { lost: 0, away: 0, throttled: 1, noCapacity: 0, hiddenMs: 0 };
  const create = (index: number) => fleet.post('/v1/post_task', { ...BODY, task_id: idOf(index) });
  await fleet.time.run(Promise.all(Array.from({ length: COUNT }, (_item, index) => create(index))));
  expect(fleet.ecs.tasks.size).toBe(0);
  expect((await fleet.stores.tasks.get(idOf(0)))?.error?.code).toBe('CDC_LAUNCH_LIMITED');
  fleet.ecs.faults = { ...fleet.ecs.faults, throttled: 0 };
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
