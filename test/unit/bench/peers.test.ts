import { expect, test } from 'vitest';
import { beginsWithOne } from '../../../bench/lines/choose-lines.ts';
import { parseBenchOptions } from '../../../bench/options.ts';

test('all peers run unless some are named', () => {
  expect(parseBenchOptions([])?.peers).toBeNull();
  expect(parseBenchOptions(['--peers', 'none'])?.peers).toEqual([]);
  expect(parseBenchOptions(['--peers', 'go-mysql,debezium'])?.peers).toEqual(['go-mysql', 'debezium']);
});

test('a beginning chooses all ids that have it', () => {
  expect(beginsWithOne('go-mysql-json', ['go-mysql'])).toBe(true);
  expect(beginsWithOne('debezium', ['go-mysql'])).toBe(false);
  expect(beginsWithOne('debezium', null)).toBe(true);
  expect(beginsWithOne('debezium', [])).toBe(false);
});
