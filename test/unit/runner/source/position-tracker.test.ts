import { expect, test } from 'vitest';
import { PositionTracker } from '../../../../runner/source/position-tracker.ts';

const header = (logPos: number, timestamp = 0) => ({
  timestamp,
  typeCode: 2,
  serverId: 1,
  eventSize: 100,
  logPos,
  flags: 0,
});

test('positions go on above 4 GiB, where an event header has only the lower 32 bits', () => {
  const tracker = new PositionTracker({ file: 'binlog.000001', position: 2 ** 32 - 50 });
  tracker.advance(header(50));
  expect(tracker.position).toBe(2 ** 32 + 50);
  tracker.advance(header(150));
  expect(tracker.position).toBe(2 ** 32 + 150);
});

test('an event that the server makes up moves nothing, a rotation sets the place', () => {
  const tracker = new PositionTracker({ file: 'binlog.000001', position: 4 });
  tracker.advance(header(0));
  expect(tracker.current).toEqual({ file: 'binlog.000001', position: 4 });
  tracker.rotate('binlog.000002', 4);
  tracker.advance(header(126));
  expect(tracker.current).toEqual({ file: 'binlog.000002', position: 126 });
});

test('a file of the same name that was begun at another time is another file', () => {
  const tracker = new PositionTracker({ file: 'binlog.000002', position: 500 });
  tracker.fileBeganS = 1_700_000_000;
  tracker.describe(header(0, 1_700_000_000));
  expect(() => tracker.describe(header(0, 1_700_000_001))).toThrow(
    expect.objectContaining({ code: 'CDC_SERVER_CHANGED', retryable: false }),
  );
  tracker.rotate('binlog.000003', 4);
  tracker.describe(header(0, 1_700_000_009));
  expect(tracker.fileBeganS).toBe(1_700_000_009);
});
