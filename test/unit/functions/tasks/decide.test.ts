import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../../core/errors.ts';
import { type RunObservation, runIdOf } from '../../../../core/launcher.ts';
import type { Lease, RunStatus } from '../../../../core/lease.ts';
import { parseTaskSpec } from '../../../../core/parse-task-spec.ts';
import type { TaskRecord } from '../../../../core/task.ts';
import { type Action, decide } from '../../../../functions/tasks/decide.ts';

const NOW = 1_000_000_000;
const SPEC = parseTaskSpec({
  task_id: 't',
  mysql_config: { user: 'u', host: 'h' },
  kafka_conf: { brokers: ['k:1'] },
});

function task(fields: Partial<TaskRecord> = {}): TaskRecord {
  const base = { taskId: 't', createdAtMs: 1, generation: 2, attempt: 3 };
  return {
    ...base,
    version: 9,
    spec: SPEC,
    desired: 'running',
    state: 'running',
    start: { epoch: 1, at: null },
    filters: [],
    serverId: 1,
    failures: 0,
    run: { id: runIdOf(base), handle: 'h', generation: 2, launchedAtMs: NOW - 5_000 },
    nextLaunchAtMs: null,
    error: null,
    updatedAtMs: NOW,
    ...fields,
  };
}

const OWNER = task().run?.id ?? '';
const OLDER = { id: OWNER, handle: 'h', generation: 2, launchedAtMs: NOW - 120_000 };
const WITHOUT_RUN: Partial<TaskRecord> = { run: null, state: 'pending' };

function status(phase: RunStatus['phase'], code?: ErrorCode): RunStatus {
  const error = code === undefined ? null : { code, message: 'm', hint: 'h', atMs: NOW - 1_000 };
  return { phase, error, filterVersion: 1, reading: null, lagMs: 0, rows: 0, atMs: NOW - 1_000 };
}

function lease(fields: Partial<Lease> = {}): Lease {
  return {
    taskId: 't',
    owner: OWNER,
    fencingToken: 7,
    expiresAtMs: NOW + 5_000,
    generation: 2,
    status: status('streaming'),
    ...fields,
  };
}

const ALIVE: RunObservation = { kind: 'running' };
const PULLING: RunObservation = { kind: 'starting' };
const UNKNOWN: RunObservation = { kind: 'unknown' };
const ended = (exitCode: number | null): RunObservation => ({ kind: 'ended', exitCode, reason: 'it ended' });

const look = (
  fields: Partial<TaskRecord>,
  held: Lease | null,
  run: RunObservation | null,
  nowMs: number = NOW,
): Action => decide({ task: task(fields), lease: held, run, nowMs });

type Row = [string, Partial<TaskRecord>, Lease | null, RunObservation | null, Action['kind']];

describe('a task that is wanted', () => {
  test.each<Row>([
    ['without a run is launched', WITHOUT_RUN, null, null, 'launch'],
    ['is launched once its backoff is over', { ...WITHOUT_RUN, nextLaunchAtMs: NOW }, null, null, 'launch'],
    ['waits out its backoff', { ...WITHOUT_RUN, nextLaunchAtMs: NOW + 1 }, null, null, 'none'],
    ['that failed waits for a person', { ...WITHOUT_RUN, state: 'failed' }, null, null, 'none'],
    ['waits for the lease of a run nobody knows', WITHOUT_RUN, lease({ owner: 'x' }), null, 'none'],
    ['takes an expired lease for none', WITHOUT_RUN, lease({ owner: 'x', expiresAtMs: NOW }), null, 'launch'],
    ['waits while its platform is not asked', {}, lease(), null, 'none'],
    ['that streams becomes running', { state: 'starting' }, lease(), ALIVE, 'mark-running'],
    [
      'that retries by itself is running',
      { state: 'starting' },
      lease({ status: status('retrying') }),
      ALIVE,
      'mark-running',
    ],
    [
      'that still connects is not running',
      { state: 'starting' },
      lease({ status: status('starting') }),
      ALIVE,
      'none',
    ],
    [
      'that has just taken its lease is not running',
      { state: 'starting' },
      lease({ status: null }),
      ALIVE,
      'none',
    ],
    ['that runs is left alone', {}, lease(), ALIVE, 'none'],
    ["takes an old run's status for nobody's", { state: 'starting' }, lease({ owner: 'old' }), ALIVE, 'none'],
    ['is adopted while its lease is renewed', {}, lease(), UNKNOWN, 'none'],
    [
      'that nobody knows and that lets its lease end is launched anew',
      {},
      lease({ expiresAtMs: NOW }),
      UNKNOWN,
      'retry-later',
    ],
    ['that was launched a moment ago may not be known yet', {}, null, UNKNOWN, 'none'],
    [
      'that nobody knows and that never took a lease is launched anew',
      { run: OLDER },
      null,
      UNKNOWN,
      'retry-later',
    ],
    ['that died frees its lease first', {}, lease(), ended(null), 'revoke-lease'],
    ["that died leaves another run's lease alone", {}, lease({ owner: 'x' }), ended(1), 'retry-later'],
    ['that died is tried again', {}, lease({ expiresAtMs: 0 }), ended(1), 'retry-later'],
    ['that died before its lease is tried again', { state: 'starting' }, null, ended(1), 'retry-later'],
    [
      'whose lease another held is tried again',
      { state: 'starting' },
      lease({ owner: 'x' }),
      ended(4),
      'retry-later',
    ],
    [
      'whose platform ended it is started again',
      {},
      lease({ expiresAtMs: 0, status: status('stopped') }),
      ended(0),
      'retry-later',
    ],
  ])('%s', (_name, fields, held, run, kind) => {
    expect(look(fields, held, run).kind).toBe(kind);
  });

  const failedLease = (code: ErrorCode): Lease => lease({ expiresAtMs: 0, status: status('failed', code) });

  test('that ended for good fails with the reason', () => {
    expect(look({}, failedLease('CDC_BINLOG_PURGED'), ended(3))).toMatchObject({
      kind: 'fail',
      error: { code: 'CDC_BINLOG_PURGED', message: 'm', hint: 'h' },
    });
  });

  test('whose run judged its own failure as one that waiting helps is tried again', () => {
    expect(look({}, failedLease('CDC_BINLOG_CORRUPT'), ended(1))).toMatchObject({
      kind: 'retry-later',
      error: { code: 'CDC_BINLOG_CORRUPT' },
    });
  });

  test('whose exit code nobody tells is judged by the catalogue', () => {
    expect(look({}, failedLease('CDC_BINLOG_PURGED'), ended(null)).kind).toBe('fail');
    expect(look({}, failedLease('CDC_BINLOG_PURGED'), UNKNOWN).kind).toBe('fail');
    expect(look({}, failedLease('CDC_SINK_UNREACHABLE'), ended(null)).kind).toBe('retry-later');
  });

  test("does not fail by an older run's last word", () => {
    const old = { ...failedLease('CDC_BINLOG_PURGED'), owner: 'old' };
    expect(look({ state: 'starting' }, old, ended(3))).toMatchObject({
      kind: 'retry-later',
      error: { code: 'CDC_RUNNER_DIED' },
    });
  });

  test('that has said it failed waits for the exit code', () => {
    expect(look({}, failedLease('CDC_BINLOG_PURGED'), ALIVE).kind).toBe('none');
  });

  test.each([
    ['does not take its lease', NOW + 116_000, { state: 'starting' } as const, null, ALIVE],
    ['is not started by its platform', NOW + 596_000, { state: 'starting' } as const, null, PULLING],
    ['lets its lease end', NOW + 15_001, {}, lease(), ALIVE],
    [
      'has ended its work but not itself',
      NOW + 60_000,
      {},
      lease({ expiresAtMs: 0, status: status('stopped') }),
      ALIVE,
    ],
  ])('whose run %s is given up in time, and no sooner', (_name, atMs, fields, held, run) => {
    expect(look(fields, held, run, atMs - 2_000)).toEqual({ kind: 'none' });
    expect(look(fields, held, run, atMs)).toMatchObject({ kind: 'retry-later', abandon: true });
  });

  test('begins its backoff anew after a minute of health', () => {
    const run = { id: OWNER, handle: 'h', generation: 2, launchedAtMs: NOW - 60_000 };
    expect(look({ run }, null, ended(1))).toMatchObject({ health: 'healthy' });
    expect(look({ run, state: 'starting' }, null, ended(1))).toMatchObject({ health: 'failed' });
    expect(look({}, null, ended(1))).toMatchObject({ health: 'streamed' });
  });

  test('that is killed before it streams does not wait as long as one that fails by itself', () => {
    const fields = { state: 'starting' } as const;
    for (const code of [null, 137])
      expect(look(fields, null, ended(code))).toMatchObject({ health: 'killed' });
    for (const code of [1, 4]) expect(look(fields, null, ended(code))).toMatchObject({ health: 'failed' });
  });

  const drained = lease({ expiresAtMs: 0, status: status('stopped') });
  test.each<[string, Partial<TaskRecord>, Lease | null, RunObservation, object]>([
    ['by its exit code', {}, null, ended(0), { health: 'drained', error: null }],
    ['by its last word', {}, drained, ended(null), { health: 'drained', error: null }],
    ['though nobody knows it any more', {}, drained, UNKNOWN, { health: 'drained', error: null }],
    ['before it streamed', { state: 'starting' }, drained, ended(0), { health: 'failed', error: null }],
  ])('whose run drained need not wait: %s', (_name, fields, held, run, expected) => {
    expect(look(fields, held, run)).toMatchObject({ kind: 'retry-later', ...expected });
  });

  test('that was launched may not be known for two minutes', () => {
    const run = { ...OLDER, launchedAtMs: NOW - 119_999 };
    expect(look({ run }, null, UNKNOWN).kind).toBe('none');
  });

  test('whose run never started says so', () => {
    const never: RunObservation = { kind: 'ended', exitCode: null, reason: 'no image', started: false };
    expect(look({ state: 'starting' }, null, never)).toMatchObject({
      kind: 'retry-later',
      error: { code: 'CDC_LAUNCH_FAILED', message: 'no image' },
    });
  });

  test('has a run replaced that is marked for it, and no other', () => {
    const roll = { runId: OWNER, atMs: NOW };
    expect(look({ roll }, lease(), ALIVE)).toMatchObject({ kind: 'stop-run' });
    expect(look({ roll: { ...roll, runId: 'old' } }, lease(), ALIVE).kind).toBe('none');
    expect(look({ roll: { ...roll, runId: 'old' }, state: 'starting' }, lease(), ALIVE).kind).toBe(
      'mark-running',
    );
  });

  test('lets the next ones be replaced when its new run streams a minute after its launch', () => {
    const roll = { runId: 'old', atMs: NOW };
    const run = { ...OLDER, launchedAtMs: NOW - 60_000 };
    expect(look({ roll, run }, lease(), ALIVE).kind).toBe('end-roll');
    expect(look({ roll, run }, lease({ status: status('retrying') }), ALIVE).kind).toBe('none');
    expect(look({ roll, run: { ...run, launchedAtMs: NOW - 59_999 } }, lease(), ALIVE).kind).toBe('none');
    expect(look({ run }, lease(), ALIVE).kind).toBe('none');
  });

  test('repeats a launch whose answer got lost', () => {
    const lost = runIdOf({ ...task(), attempt: 4 });
    expect(look(WITHOUT_RUN, lease({ owner: lost }), null).kind).toBe('launch');
  });

  const old = { id: 'old', handle: 'h', generation: 1, launchedAtMs: NOW - 5_000 };
  test.each<Row>([
    ['is stopped', { run: old, state: 'pending' }, lease({ owner: 'old' }), ALIVE, 'stop-run'],
    [
      'that has let go is forgotten',
      { run: old, state: 'pending' },
      lease({ owner: 'old', expiresAtMs: 0 }),
      ALIVE,
      'forget-run',
    ],
    [
      'that died frees its lease',
      { run: old, state: 'pending' },
      lease({ owner: 'old' }),
      ended(null),
      'revoke-lease',
    ],
    ['that ended is forgotten', { run: old, state: 'pending' }, null, ended(0), 'forget-run'],
    [
      'that nobody knows is waited for',
      { run: old, state: 'pending' },
      lease({ owner: 'old' }),
      UNKNOWN,
      'none',
    ],
    ['that nobody knows is forgotten at last', { run: old, state: 'pending' }, null, UNKNOWN, 'forget-run'],
  ])('and was started anew: the old run %s', (_name, fields, held, run, kind) => {
    expect(look(fields, held, run).kind).toBe(kind);
  });

  test.each<Row>([
    ['is stopped', { state: 'failed' }, lease(), ALIVE, 'stop-run'],
    ['is forgotten', { state: 'failed' }, lease({ expiresAtMs: 0 }), ended(3), 'forget-run'],
  ])('and failed: its run %s', (_name, fields, held, run, kind) => {
    expect(look(fields, held, run).kind).toBe(kind);
  });
});

describe('a task that is not wanted', () => {
  test.each<Row>([
    ['and stopped is left alone', { state: 'stopped', run: null }, null, null, 'none'],
    ['is marked before it is stopped', {}, lease(), ALIVE, 'mark-stopping'],
    ['is asked to drain', { state: 'stopping' }, lease(), ALIVE, 'stop-run'],
    [
      'is stopped once its run has ended',
      { state: 'stopping' },
      lease({ expiresAtMs: 0 }),
      ended(0),
      'mark-stopped',
    ],
    [
      'is stopped once its run has let go',
      { state: 'stopping' },
      lease({ expiresAtMs: 0 }),
      ALIVE,
      'mark-stopped',
    ],
    ['frees the lease of a run that died', { state: 'stopping' }, lease(), ended(null), 'revoke-lease'],
    ['waits for a run that only its lease shows', { state: 'stopping' }, lease(), UNKNOWN, 'none'],
    [
      'is stopped when nothing is left',
      { state: 'stopping' },
      lease({ expiresAtMs: NOW }),
      UNKNOWN,
      'mark-stopped',
    ],
    ['waits while its platform is not asked', { state: 'stopping' }, null, null, 'none'],
    ['takes in a run that came late', { state: 'stopped' }, lease(), ALIVE, 'mark-stopping'],
    ['is stopped from pending', { state: 'pending', run: null }, null, null, 'mark-stopped'],
  ])('%s', (_name, fields, held, run, kind) => {
    expect(look({ desired: 'stopped', ...fields }, held, run).kind).toBe(kind);
  });
});

describe('a task that is deleted', () => {
  test.each<Row>([
    ['has its run stopped', { state: 'stopping' }, lease(), ALIVE, 'stop-run'],
    ['waits for a lease', { state: 'stopping' }, lease({ owner: 'x' }), ended(0), 'none'],
    ['frees the lease of a run that died', { state: 'stopping' }, lease(), ended(null), 'revoke-lease'],
    [
      'is forgotten when its run has ended',
      { state: 'stopping' },
      lease({ expiresAtMs: 0 }),
      ended(0),
      'finish-delete',
    ],
    ['is forgotten when it never ran', { state: 'pending', run: null }, null, null, 'finish-delete'],
    [
      'is forgotten when stopped',
      { state: 'stopped', run: null },
      lease({ expiresAtMs: 0 }),
      null,
      'finish-delete',
    ],
  ])('%s', (_name, fields, held, run, kind) => {
    expect(look({ desired: 'deleted', ...fields }, held, run).kind).toBe(kind);
  });
});
