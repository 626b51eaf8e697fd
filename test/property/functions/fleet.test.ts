/**
 * Requests, deployments, schedules that overlap, events that come late, twice or never, an ECS that loses answers,
 * throttles, has no room and shows its tasks late, functions and runners that die or hang: once all that is over there is
 * one live run of each task that is wanted, of the revision that was deployed last, and none of any other; and at no time
 * did two hold one lease.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BODY } from '../../support/control-plane.ts';
import { NO_FAULTS } from '../../support/simulated-ecs.ts';
import { BEGIN_MS, CALM, SimulatedFleet } from '../../support/simulated-fleet.ts';

const IDS = ['a', 'b'] as const;
const MINUTE_MS = 60_000;
const TROUBLE_MS = 8 * MINUTE_MS;
const CALM_MINUTES = 16;

const chance = (max: number) => fc.double({ min: 0, max, noNaN: true });

const scenario = fc.record({
  seed: fc.nat(),
  storeMs: fc.constantFrom(5, 100, 800),
  faults: fc.record({
    lost: chance(0.6),
    away: chance(0.2),
    throttled: chance(0.4),
    noCapacity: chance(0.4),
    hiddenMs: fc.constantFrom(0, 5_000, 60_000),
  }),
  trouble: fc.record({
    killed: chance(0.05),
    hung: chance(0.05),
    crashed: chance(0.1),
    eventLost: chance(1),
    eventTwice: chance(0.5),
    eventLateMs: fc.constantFrom(0, 5_000, 180_000),
  }),
  // several of one task at once, or shortly behind each other
  bursts: fc.array(
    fc.record({
      atMs: fc.nat(TROUBLE_MS),
      id: fc.constantFrom(...IDS),
      requests: fc.array(
        fc.record({
          afterMs: fc.nat(4_000),
          what: fc.constantFrom('create', 'create', 'stop', 'resume', 'delete', 'deploy'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    { minLength: 3, maxLength: 14 },
  ),
  sweeps: fc.array(fc.nat(TROUBLE_MS), { maxLength: 6 }),
  shards: fc.constantFrom(1, 3),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

async function ask(
  fleet: SimulatedFleet,
  id: string,
  what: Scenario['bursts'][number]['requests'][number]['what'],
) {
  switch (what) {
    case 'create':
      return fleet.post('/v1/post_task', { ...BODY, task_id: id });
    case 'stop':
      return fleet.post('/v1/stop_task', { task_id: id, stop_type: 'stop' });
    case 'resume':
      return fleet.post('/v1/stop_task', { task_id: id });
    case 'delete':
      return fleet.post(`/v1/delete_task/${id}`);
    default:
      fleet.deploy(`runner:${fleet.time.nowMs - BEGIN_MS}`);
      return null;
  }
}

const sweepAll = (fleet: SimulatedFleet, of: number): Promise<unknown> =>
  Promise.all(Array.from({ length: of }, (_item, shard) => fleet.sweep({ shard, of })));

async function live(fleet: SimulatedFleet, { faults, trouble, bursts, sweeps, shards }: Scenario) {
  const { time } = fleet;
  const at = async (ms: number, work: () => Promise<unknown>): Promise<void> => {
    await time.sleep(ms);
    await work();
  };
  fleet.ecs.faults = faults;
  fleet.faults = trouble;
  const schedule = Array.from({ length: TROUBLE_MS / MINUTE_MS }, (_item, i) => i * MINUTE_MS);
  await Promise.all([
    ...bursts.flatMap(({ atMs, id, requests }) =>
      requests.map(({ afterMs, what }) => at(atMs + afterMs, () => ask(fleet, id, what))),
    ),
    ...[...schedule, ...sweeps].map((ms) => at(ms, () => sweepAll(fleet, shards))),
  ]);
  fleet.ecs.faults = NO_FAULTS;
  fleet.faults = CALM;
  for (let minute = 0; minute < CALM_MINUTES; minute += 1) {
    await sweepAll(fleet, shards);
    await time.sleep(MINUTE_MS);
  }
}

async function expectRight(fleet: SimulatedFleet): Promise<void> {
  const runs = fleet.ecs.live().map((task) => task.arn);
  const wanted: string[] = [];
  for (const id of IDS) {
    const task = await fleet.stores.tasks.get(id);
    if (task === null) continue;
    expect(task.desired, `${id} is to be deleted`).not.toBe('deleted');
    if (task.desired === 'stopped') {
      expect(task).toMatchObject({ state: 'stopped', run: null });
      continue;
    }
    const run = { generation: task.generation, revision: fleet.revision };
    expect(task).toMatchObject({ state: 'running', error: null, run });
    expect(task.roll ?? null).toBeNull();
    wanted.push(task.run?.handle ?? 'none');
    const lease = await fleet.stores.leases.load(id);
    expect(lease?.owner).toBe(task.run?.id);
    expect(lease?.expiresAtMs).toBeGreaterThan(fleet.time.nowMs);
  }
  expect(new Set(runs)).toEqual(new Set(wanted));
  expect(runs).toHaveLength(wanted.length);
  expect(fleet.collisions).toEqual([]);
}

test('one live run of each task that is wanted, none of any other, whatever went wrong', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (it) => {
      const fleet = new SimulatedFleet({ seed: it.seed, storeMs: it.storeMs });
      await fleet.time.run(live(fleet, it));
      await expectRight(fleet);
    }),
    { numRuns: Number(process.env.GALAXY_FLEET_RUNS ?? 30) },
  );
});
