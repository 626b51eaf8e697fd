import { expect, test } from 'vitest';
import { column, readValue } from '../../../../support/columns.ts';

test.each([
  ['tinyint', '80', -128, 128],
  ['tinyint', 'ff', -1, 255],
  ['smallint', '0080', -32_768, 32_768],
  ['smallint', 'ffff', -1, 65_535],
  ['mediumint', '000080', -8_388_608, 8_388_608],
  ['mediumint', 'ffff7f', 8_388_607, 8_388_607],
  ['mediumint', 'ffffff', -1, 16_777_215],
  ['int', '00000080', -2_147_483_648, 2_147_483_648],
  ['int', 'ffffffff', -1, 4_294_967_295],
  ['bigint', '0000000000000080', -9_223_372_036_854_775_808n, 9_223_372_036_854_775_808n],
  ['bigint', 'ffffffffffffffff', -1, 18_446_744_073_709_551_615n],
] as const)('%s %s is %s, or %s unsigned', (kind, wire, signed, unsigned) => {
  expect(readValue(column(kind), wire)).toBe(signed);
  expect(readValue(column(kind, { unsigned: true }), wire)).toBe(unsigned);
});

test('a BIGINT is a number as long as that holds all its digits', () => {
  expect(readValue(column('bigint'), 'ffffffffffff1f00')).toBe(Number.MAX_SAFE_INTEGER);
  expect(readValue(column('bigint'), '0000000000002000')).toBe(9_007_199_254_740_992n);
  expect(readValue(column('bigint'), '010000000000e0ff')).toBe(Number.MIN_SAFE_INTEGER);
  expect(readValue(column('bigint'), '000000000000e0ff')).toBe(-9_007_199_254_740_992n);
});

test('YEAR 0 is the year 0000, others count from 1900', () => {
  expect(['00', '01', 'ff'].map((wire) => readValue(column('year'), wire))).toEqual([0, 1901, 2155]);
});

test('a value that ends before its last byte is an error', () => {
  expect(() => readValue(column('int'), '000000')).toThrow('wanted 4 bytes at 0, had 3');
});
