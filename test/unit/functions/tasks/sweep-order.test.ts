import { expect, test } from 'vitest';
import type { TaskState } from '../../../../core/task.ts';
import { partOf, TASK_PARTS } from '../../../../core/task-parts.ts';
import {
  ONLY_SHARD,
  parseShard,
  partsOf,
  rotated,
  statesToSweep,
  sweepOrder,
} from '../../../../functions/tasks/sweep-order.ts';

const ids = (count: number, prefix = 't'): string[] =>
  Array.from({ length: count }, (_item, i) => `${prefix}${String(i).padStart(5, '0')}`);

test.each([
  [
    { shard: 0, of: 1 },
    { index: 0, of: 1 },
  ],
  [
    { shard: 15, of: 16 },
    { index: 15, of: 16 },
  ],
  [{ source: 'aws.events', 'detail-type': 'Scheduled Event' }, ONLY_SHARD],
  [undefined, ONLY_SHARD],
  [null, ONLY_SHARD],
  ['', ONLY_SHARD],
])('the input %j is read', (input, shard) => {
  expect(parseShard(input)).toEqual(shard);
});

test.each([
  [{ shard: 0 }, /"of".*1 to 16/],
  [{ of: 2 }, /"shard".*0 to 1/],
  [{ shard: 2, of: 2 }, /"shard".*0 to 1, not 2/],
  [{ shard: -1, of: 2 }, /"shard"/],
  [{ shard: 0.5, of: 2 }, /"shard"/],
  [{ shard: '0', of: 2 }, /"shard"/],
  [{ shard: 0, of: 17 }, /"of".*not 17/],
  [{ shard: 0, of: 0 }, /"of"/],
])('the input %j is refused', (input, message) => {
  expect(() => parseShard(input)).toThrow(message);
});

test.each([1, 2, 3, 5, 16])('%i shards share all tasks, each in one', (of) => {
  const all = ids(1_000);
  const byState = new Map<TaskState, string[]>([['running', all]]);
  const shares = Array.from({ length: of }, (_item, index) => sweepOrder(byState, { index, of }, 0).present);
  expect(shares.flat().sort()).toEqual(all);
  const parts = Array.from({ length: of }, (_item, index) => partsOf({ index, of })).flat();
  expect(parts.sort((a, b) => a - b)).toEqual(Array.from({ length: TASK_PARTS }, (_item, part) => part));
  for (const share of shares) expect(share.length).toBeGreaterThan((1_000 / of) * 0.6);
});

test('parts are equal, and stay what they are', () => {
  const counts = new Map<number, number>();
  for (const id of ids(16_000)) counts.set(partOf(id), (counts.get(partOf(id)) ?? 0) + 1);
  expect(counts.size).toBe(16);
  for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  expect([partOf('task_001'), partOf('a'), partOf('t')]).toEqual([12, 3, 8]);
});

test('a task that an index shows in two states is looked at once', () => {
  const byState = new Map<TaskState, string[]>([
    ['pending', ['a', 'b']],
    ['starting', ['b', 'c']],
    ['running', ['c', 'd']],
  ]);
  const order = sweepOrder(byState, ONLY_SHARD, 0);
  expect(order.pending.toSorted()).toEqual(['a', 'b']);
  expect(order.present.toSorted()).toEqual(['c', 'd']);
});

test.each([0.5, 0.1, 0.02])(
  'sweeps that all see a part of %d only have seen every task after 2 divided by it',
  (part) => {
    const all = ids(1_000);
    for (const startMs of [0, 1_795_000_000_000, 12_345_678_901]) {
      const seen = new Set<string>();
      for (let turn = 0; turn < 2 / part; turn += 1) {
        for (const id of rotated(all, startMs + turn * 60_000).slice(0, all.length * part)) seen.add(id);
      }
      expect(seen.size).toBe(1_000);
    }
  },
);

test('tasks at rest are looked at once an hour, and when all are asked for', () => {
  const active = ['pending', 'starting', 'running', 'stopping'];
  const all = [...active, 'stopped', 'failed'];
  const hours = (n: number) => n * 3_600_000;
  expect(statesToSweep(hours(5) + 59_999, false)).toEqual(all);
  expect(statesToSweep(hours(5) + 60_000, false)).toEqual(active);
  expect(statesToSweep(hours(6) - 1, false)).toEqual(active);
  expect(statesToSweep(hours(6) - 1, true)).toEqual(all);
});
