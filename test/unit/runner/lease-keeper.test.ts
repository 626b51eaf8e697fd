import { expect, test } from 'vitest';
import { CdcError } from '../../../core/errors.ts';
import type { RunStatus } from '../../../core/lease.ts';
import { silentLog } from '../../../core/log.ts';
import { LeaseKeeper } from '../../../runner/lease-keeper.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const STATUS: RunStatus = {
  phase: 'streaming',
  error: null,
  filterVersion: 1,
  reading: null,
  lagMs: null,
  rows: 0,
  atMs: 0,
};

function world() {
  const stores = memoryStores();
  /** `time` passes for everybody; `set` is what somebody has added to the clock of the day. */
  const clock = { time: 1_000, set: 0, now: () => clock.time + clock.set };
  const elapsedMs = (): number => clock.time;
  const acquire = (owner: string) =>
    LeaseKeeper.acquire(
      {
        leases: stores.leases,
        taskId: 't',
        owner,
        generation: 1,
        ttlMs: 1_000,
        clock,
        elapsedMs,
        log: silentLog,
      },
      AbortSignal.timeout(50),
    );
  const must = async (owner: string): Promise<LeaseKeeper> => {
    const keeper = await acquire(owner);
    if (keeper === null) throw new Error('the lease was not free');
    return keeper;
  };
  return { stores, clock, acquire, must };
}

test('a runner that can not renew stops before its lease can expire for anybody else', async () => {
  const { stores, clock, must } = world();
  const keeper = await must('a');
  stores.leases.renew = async () => {
    throw new CdcError('CDC_STORE_UNAVAILABLE', 'away');
  };
  clock.time = 1_700;
  await keeper.renew(STATUS);
  expect(keeper.lost.aborted).toBe(false);
  clock.time = 1_800;
  keeper.check();
  expect(keeper.lost.aborted).toBe(true);
  // for everybody else the lease runs until 2000
  expect((await stores.leases.load('t'))?.expiresAtMs).toBe(2_000);
});

test('a process that was paused longer than its lease knows it before it sends', async () => {
  const { clock, must } = world();
  const keeper = await must('a');
  clock.time = 60_000;
  keeper.check();
  expect(keeper.lost.reason).toMatchObject({ code: 'CDC_LEASE_LOST' });
});

test('a stolen lease is lost at the next renewal', async () => {
  const { clock, must } = world();
  const first = await must('a');
  clock.time = 2_000;
  const second = await must('b');
  expect(second.fencingToken).toBe(first.fencingToken + 1);
  await first.renew(STATUS);
  expect(first.lost.aborted).toBe(true);
  expect(second.lost.aborted).toBe(false);
});

test('a lease that is held is waited for, until the runner is told to stop', async () => {
  const { must, acquire } = world();
  await must('a');
  expect(await acquire('b')).toBeNull();
});

test('renewals keep it as long as they come', async () => {
  const { clock, must } = world();
  const keeper = await must('a');
  for (let i = 0; i < 20; i += 1) {
    clock.time += 500;
    await keeper.renew(STATUS);
  }
  keeper.check();
  expect(keeper.lost.aborted).toBe(false);
});

test('a clock that is set back or forward neither lengthens the lease nor ends it', async () => {
  const { clock, must } = world();
  const keeper = await must('a');
  clock.set = 3_600_000;
  keeper.check();
  expect(keeper.lost.aborted).toBe(false);
  clock.set = -3_600_000;
  clock.time += 900;
  keeper.check();
  expect(keeper.lost.aborted).toBe(true);
});
