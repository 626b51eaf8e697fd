import { expect, test } from 'vitest';
import { parseBenchOptions } from '../../../bench/options.ts';

test('without options the whole order stream is run five times', () => {
  expect(parseBenchOptions([])).toMatchObject({ rows: 1_000_000, runs: 5, server: 'mysql97', only: null });
});

test('each set has its own number of rows, unless told', () => {
  expect(parseBenchOptions(['--set', 'many'])?.rows).toBe(1_000_000);
  expect(parseBenchOptions(['--set', 'many', '--rows', '500'])?.rows).toBe(500);
});

test('lines are chosen by the beginnings of their ids', () => {
  expect(parseBenchOptions(['--only', 'file,server-null'])?.only).toEqual(['file', 'server-null']);
});

test('what makes no sense is refused by name', () => {
  expect(() => parseBenchOptions(['--rows', '0'])).toThrow('--rows must be a positive number, not 0');
  expect(() => parseBenchOptions(['--set', 'nothing'])).toThrow('--set nothing');
  expect(() => parseBenchOptions(['--server', 'mysql57'])).toThrow('--server');
});
