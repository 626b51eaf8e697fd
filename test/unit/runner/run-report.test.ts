import { expect, test } from 'vitest';
import { createLog } from '../../../core/log.ts';
import { isClose, watchPurge } from '../../../runner/purge-watch.ts';
import { RunReport } from '../../../runner/run-report.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const HOUR = 3_600_000;

function reportAt(time: { now: number }) {
  const { history } = memoryStores();
  const clock = { now: () => time.now };
  const report = new RunReport({ taskId: 't', history, clock, log: createLog(() => {}, clock.now) });
  const messages = async () =>
    (await history.page('t', { limit: 100 })).entries.map(({ message }) => message);
  return { report, messages };
}

test('notes that come by the thousand are written at a bounded rate, with the number of those left out', async () => {
  const time = { now: 0 };
  const { report, messages } = reportAt(time);
  for (let minute = 0; minute <= 11; minute += 1) {
    time.now = minute * 60_000;
    report.noteRarely('a', { kind: 'warning', message: `a ${minute}` });
  }
  report.noteRarely('b', { kind: 'warning', message: 'b' });
  expect((await messages()).sort()).toEqual(['a 0', 'a 10 (and 9 more since the last such entry)', 'b']);
});

test('a purge that comes close is told with the hours that are left, once an hour', async () => {
  const time = { now: 0 };
  const { report, messages } = reportAt(time);
  const forecast = async (file: string) =>
    file === 'binlog.000002' ? { inMs: 3.2 * HOUR - time.now, retentionMs: 72 * HOUR } : null;
  const watch = { report, checkpoint: () => ({ file: 'binlog.000002', position: 4 }), forecast };
  for (time.now = 0; time.now < 2 * HOUR; time.now += 60_000) await watchPurge(watch);
  expect(await messages()).toHaveLength(2);
  expect((await messages()).join('\n')).toContain(
    'deletes binlog.000002, where the checkpoint stands, in about 3.2 hours',
  );
  expect(report.purgeInMs).toBe(3.2 * HOUR - (2 * HOUR - 60_000));
  await watchPurge({ ...watch, checkpoint: () => ({ file: 'binlog.000009', position: 4 }) });
  expect(report.purgeInMs).toBeNull();
});

test('what is far from its end is shown and not told', () => {
  expect(isClose({ inMs: 30 * HOUR, retentionMs: 72 * HOUR })).toBe(false);
  expect(isClose({ inMs: 23 * HOUR, retentionMs: 72 * HOUR })).toBe(true);
  expect(isClose({ inMs: 0.6 * HOUR, retentionMs: HOUR })).toBe(false);
  expect(isClose({ inMs: -HOUR, retentionMs: HOUR })).toBe(true);
});
