import { expect, test } from 'vitest';
import { GtidSet } from '../../../../core/gtid-set.ts';
import { FilterTimeline } from '../../../../runner/source/filter-timeline.ts';

const version = (number: number, tables: string[], from: string | null) => ({
  version: number,
  filter: { databases: ['shop'], tables, exclude: [] },
  from: from === null ? null : { file: from.split(':')[0] ?? '', position: Number(from.split(':')[1]) },
});
const at = (file: string, position: number) => ({ file, position });

test('a stream that lags keeps the old filter up to the position of the change', () => {
  const timeline = new FilterTimeline([version(1, ['a'], null)]);
  timeline.update([version(1, ['a'], null), version(2, ['b'], 'bin.000002:500')]);
  expect(timeline.newestVersion).toBe(2);
  expect(timeline.moveTo(at('bin.000002', 499))).toBeNull();
  expect(timeline.active.matcher.matches('shop', 'a')).toBe(true);
  expect(timeline.moveTo(at('bin.000002', 500))?.version).toBe(2);
  expect(timeline.active.matcher.matches('shop', 'a')).toBe(false);
  expect(timeline.active.matcher.matches('shop', 'b')).toBe(true);
});

test('a stream that is already past the change switches at its next transaction', () => {
  const timeline = new FilterTimeline([version(1, ['a'], null)]);
  timeline.update([version(2, ['b'], 'bin.000001:10')]);
  expect(timeline.moveTo(at('bin.000003', 4))?.version).toBe(2);
});

test('a change whose position is not known counts from the next transaction on', () => {
  const timeline = new FilterTimeline([version(1, ['a'], null), version(2, ['b'], null)]);
  expect(timeline.moveTo(at('bin.000001', 4))?.version).toBe(2);
});

test('a stream that goes back finds the filter that counted there', () => {
  const timeline = new FilterTimeline([version(1, ['a'], null), version(2, ['b'], 'bin.000001:100')]);
  timeline.moveTo(at('bin.000001', 200));
  timeline.rewindTo(at('bin.000001', 50));
  expect(timeline.active.version).toBe(1);
  expect(timeline.moveTo(at('bin.000001', 100))?.version).toBe(2);
});

test('on another server the same moment is found by what was executed there', () => {
  const all = { databases: [], tables: [], exclude: [] };
  const uuid = '11111111-1111-1111-1111-111111111111';
  const from = { file: 'binlog.000900', position: 4, gtidSet: `${uuid}:1-10`, serverUuid: uuid };
  const timeline = new FilterTimeline([
    { version: 1, filter: all, from: null },
    { version: 2, filter: all, from },
  ]);
  const executed = GtidSet.parse(`${uuid}:1-9`);
  timeline.setSource({ serverUuid: 'another', executed: () => executed });
  const behind = { file: 'binlog.000002', position: 4_000_000 };
  expect(timeline.moveTo(behind)).toBeNull();
  executed.add(`${uuid}:10`);
  expect(timeline.moveTo(behind)?.version).toBe(2);
});
