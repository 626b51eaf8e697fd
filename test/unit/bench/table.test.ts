import { expect, test } from 'vitest';
import type { LineResult } from '../../../bench/run-lines.ts';
import { grouped, markdownTable, throughputTable } from '../../../bench/table.ts';

const measured = (id: string, rows: number, cpuS: readonly number[]): LineResult => ({
  kind: 'measured',
  line: { id, label: id, rows },
  samples: cpuS.map((seconds) => ({
    cpuS: seconds,
    wallS: seconds * 2,
    peakRssBytes: 150_000_000,
    rows: null,
  })),
});

test('a table is Markdown with numbers to the right, and a bar in a cell stays in it', () => {
  expect(markdownTable(['', 'n'], [['a|b', '1']])).toBe('|  | n |\n|---|--:|\n| a\\|b | 1 |');
});

test('a line holds medians, ranges, rates and the CPU time against the yardstick', () => {
  const text = throughputTable([
    measured('mysqlbinlog-raw', 1000, [1, 1, 1]),
    measured('x', 2000, [1, 8, 3]),
  ]);
  expect(text.split('\n').at(-1)).toBe(
    '| x | 6.00 (2.00–16.00) | 3.00 (1.00–8.00) | 333 | 667 | 1.50x | 150 |',
  );
});

test('without the yardstick nothing is held against it', () => {
  expect(throughputTable([measured('x', 2000, [1])])).toContain('| 1,000 | 2,000 |  | 150 |');
});

test('a line of another stream is not held against the yardstick', () => {
  const yardstick = measured('mysqlbinlog-raw', 1000, [1]);
  const other = measured('x', 2000, [1]);
  const text = throughputTable([yardstick, { ...other, line: { ...other.line, ownStream: true } }]);
  expect(text).toContain('| 1,000 | 2,000 |  | 150 |');
});

test('what was not run says why', () => {
  const line = { id: 'go', label: 'go-mysql', rows: 1 };
  const text = throughputTable([{ kind: 'not-run', line, reason: 'no go on this machine' }]);
  expect(text.split('\n').at(-1)).toBe('| go-mysql | not run: no go on this machine |  |  |  |  |  |');
});

test('thousands are set apart', () => {
  expect([0, 999, 1000, 1234567.5].map(grouped)).toEqual(['0', '999', '1,000', '1,234,568']);
});

test('a rate over no time is no figure', () => {
  expect(grouped(10 / 0)).toBe('');
});

test('memory that nobody saw is no figure', () => {
  const line = { id: 'x', label: 'x', rows: 10 };
  const samples = [{ cpuS: 1, wallS: 1, peakRssBytes: 0, rows: null }];
  expect(throughputTable([{ kind: 'measured', line, samples }])).toContain('| 10 | 10 |  |  |');
});
