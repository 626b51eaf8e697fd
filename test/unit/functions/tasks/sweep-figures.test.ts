import { expect, test } from 'vitest';
import type { Lease, RunStatus } from '../../../../core/lease.ts';
import type { TaskRecord } from '../../../../core/task.ts';
import type { Observed } from '../../../../functions/tasks/decide.ts';
import { addFigures, NO_FIGURES } from '../../../../functions/tasks/sweep-figures.ts';

const NOW = 1_700_000_000_000;

function observed(
  task: Partial<Pick<TaskRecord, 'desired' | 'state' | 'createdAtMs'>>,
  lease: { owner?: string; expiresAtMs?: number; status?: Partial<RunStatus> } | null,
): Observed {
  const run = { id: 'run-1', handle: 'h', generation: 1, launchedAtMs: NOW - 1_000 };
  const record = {
    taskId: 't',
    desired: 'running',
    state: 'running',
    createdAtMs: NOW - 3_600_000,
    run,
    ...task,
  };
  const status = { phase: 'streaming', lagMs: null, purgeInMs: null, atMs: NOW - 1_000, ...lease?.status };
  const held = { owner: 'run-1', expiresAtMs: NOW + 9_000, ...lease, status };
  return {
    task: record as unknown as TaskRecord,
    lease: lease === null ? null : (held as unknown as Lease),
    run: null,
    nowMs: NOW,
  };
}

const figures = (...all: Observed[]) => all.reduce(addFigures, NO_FIGURES);

test('the slowest stream and the source that purges first count', () => {
  const seen = figures(
    observed({}, { status: { lagMs: 1_500, purgeInMs: 7_200_000 } }),
    observed({}, { status: { lagMs: 90_000 } }),
    observed({}, { status: { lagMs: 0, purgeInMs: 3_600_000 } }),
  );
  expect(seen).toEqual({ silent: 0, lagMaxSeconds: 90, purgeMinHours: 1 });
});

test('no stream, no lag', () => {
  expect(figures(observed({}, {}))).toEqual({ silent: 0, lagMaxSeconds: null, purgeMinHours: null });
});

test('the word of a run that is over does not count', () => {
  const status = { lagMs: 90_000, purgeInMs: 1 };
  expect(figures(observed({}, { owner: 'run-0', status })).lagMaxSeconds).toBeNull();
  expect(figures(observed({}, { expiresAtMs: NOW, status })).purgeMinHours).toBeNull();
});

test('a task that is wanted and has been without a word for minutes is silent', () => {
  const lost = { expiresAtMs: 0, status: { atMs: NOW - 181_000 } };
  expect(figures(observed({}, lost), observed({ state: 'pending' }, lost), observed({}, null)).silent).toBe(
    3,
  );
});

test('a task that has just been created, moves, rests or waits for a person is not silent', () => {
  const lost = { expiresAtMs: 0, status: { atMs: NOW - 181_000 } };
  const quiet = [
    observed({ createdAtMs: NOW - 60_000, state: 'pending' }, null),
    observed({}, { expiresAtMs: 0, status: { atMs: NOW - 60_000 } }),
    observed({ desired: 'stopped', state: 'stopping' }, lost),
    observed({ state: 'failed' }, lost),
    observed({}, {}),
  ];
  expect(figures(...quiet).silent).toBe(0);
});
