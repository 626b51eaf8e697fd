import { expect, test } from 'vitest';
import type { Checkpoint } from '../../../core/checkpoint.ts';
import { CdcError } from '../../../core/errors.ts';
import { parseGtidSet } from '../../../core/gtid-set.ts';
import { silentLog } from '../../../core/log.ts';
import { Checkpointer } from '../../../runner/checkpointer.ts';
import type { SchemaHistory } from '../../../runner/source/source.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

function world() {
  const stores = memoryStores();
  const clock = { time: 100_000, now: () => clock.time };
  const saved: Checkpoint[] = [];
  let failure: CdcError | null = null;
  stores.checkpoints.save = async (_taskId, _token, checkpoint) => {
    if (failure !== null) throw failure;
    saved.push(checkpoint);
  };
  const schemas: string[] = [];
  stores.schemas.put = async (_taskId, _token, version, state) => {
    schemas.push(`${version}: ${Buffer.from(state).toString()}`);
  };
  const history: { value: SchemaHistory | null } = { value: null };
  const checkpointer = new Checkpointer({
    checkpoints: stores.checkpoints,
    schemas: stores.schemas,
    taskId: 't',
    fencingToken: 1,
    startEpoch: 2,
    rows: 10,
    schemaVersion: null,
    intervalMs: 1_000,
    clock,
    log: silentLog,
  });
  const start = {
    file: 'b.000001',
    position: 4,
    gtids: parseGtidSet('mysql', `${UUID}:1-5`),
    serverUuid: 'x',
  };
  checkpointer.connected({ serverUuid: 'x', flavor: 'mysql' }, start, () => history.value);
  const progress = (position: number, rows: number) =>
    checkpointer.progress(
      { file: 'b.000001', position, gtids: [`${UUID}:${position}`], sourceTimeMs: 5 },
      rows,
    );
  const fail = (error: CdcError | null) => {
    failure = error;
  };
  return { clock, saved, schemas, checkpointer, progress, fail, history, stores };
}

test('the start is saved at once, later points at most once an interval', async () => {
  const { clock, saved, checkpointer, progress } = world();
  await checkpointer.tick();
  expect(saved).toHaveLength(1);
  expect(saved[0]).toMatchObject({
    file: 'b.000001',
    position: 4,
    gtidSet: `${UUID}:1-5`,
    startEpoch: 2,
    rows: 10,
  });
  progress(6, 1);
  progress(7, 2);
  clock.time += 500;
  await checkpointer.tick();
  expect(saved).toHaveLength(1);
  clock.time += 500;
  await checkpointer.tick();
  expect(saved[1]).toMatchObject({ position: 7, gtidSet: `${UUID}:1-7`, rows: 13, sourceTimeMs: 5 });
  clock.time += 5_000;
  await checkpointer.tick();
  expect(saved).toHaveLength(2);
});

test('a store that is away is tried again, a lost lease ends it', async () => {
  const { clock, saved, checkpointer, progress, fail } = world();
  fail(new CdcError('CDC_STORE_UNAVAILABLE', 'away'));
  await checkpointer.tick();
  fail(null);
  clock.time += 1_000;
  await checkpointer.tick();
  expect(saved).toHaveLength(1);
  fail(new CdcError('CDC_LEASE_LOST', 'lost'));
  progress(9, 1);
  clock.time += 1_000;
  await expect(checkpointer.tick()).rejects.toMatchObject({ code: 'CDC_LEASE_LOST' });
});

test('a checkpoint keeps the schema of its own place, not of a later one', async () => {
  const { clock, saved, schemas, checkpointer, progress, history } = world();
  history.value = {
    versionAt: ({ position }) => (position < 50 ? 2 : 3),
    serializeAt: ({ position }) => Buffer.from(`as of ${position}`),
    settle: () => undefined,
  };
  progress(40, 1);
  clock.time += 1_000;
  await checkpointer.tick();
  expect(saved[0]).toMatchObject({ position: 40, schemaVersion: 2 });
  progress(50, 1);
  clock.time += 1_000;
  await checkpointer.tick();
  expect(saved[1]).toMatchObject({ position: 50, schemaVersion: 3 });
  expect(schemas).toEqual(['2: as of 40', '3: as of 50']);
});

test('a position that only foreign transactions move is saved more rarely', async () => {
  const { clock, saved, checkpointer, progress } = world();
  await checkpointer.tick();
  progress(20, 0);
  clock.time += 2_000;
  await checkpointer.tick();
  expect(saved).toHaveLength(1);
  clock.time += 8_000;
  await checkpointer.tick();
  expect(saved).toHaveLength(2);
});

test('a save at the drain waits for the one under way, and there is never more than one', async () => {
  const { saved, checkpointer, progress, stores } = world();
  const keep = stores.checkpoints.save;
  let release = (): void => undefined;
  let running = 0;
  let most = 0;
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  stores.checkpoints.save = async (...parts) => {
    running += 1;
    most = Math.max(most, running);
    await slow;
    await keep(...parts);
    running -= 1;
  };
  const ticking = checkpointer.tick();
  await Promise.resolve();
  const draining = checkpointer.save();
  progress(7, 1);
  const last = checkpointer.save();
  let drained = false;
  void draining.then(() => {
    drained = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(drained).toBe(false);
  release();
  await Promise.all([ticking, draining, last]);
  expect(saved.map(({ position }) => position)).toEqual([4, 7]);
  expect(most).toBe(1);
});

test('a clock that was set back does not put the next save off', async () => {
  const { clock, saved, checkpointer, progress } = world();
  await checkpointer.tick();
  clock.time -= 60_000;
  progress(10, 1);
  await checkpointer.tick();
  expect(saved).toHaveLength(2);
});
