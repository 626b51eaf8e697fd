import { expect, test } from 'vitest';
import { column, readValue } from '../../../../support/columns.ts';

const decimal = (precision: number, scale: number, wire: string): unknown =>
  readValue(column('decimal', { precision, scale }), wire);

test.each([
  [14, 4, '81 0dfb38d2 04d2', '1234567890.1234'],
  [14, 4, '7e f204c72d fb2d', '-1234567890.1234'],
  [5, 2, '8000 00', '0.00'],
  [5, 2, '807b 2d', '123.45'],
  [5, 2, '7f84 d2', '-123.45'],
  [2, 2, '81', '0.01'],
  [2, 2, '7e', '-0.01'],
  [1, 0, '89', '9'],
  [9, 0, 'bb9ac9ff', '999999999'],
  [9, 0, '44653600', '-999999999'],
  [10, 0, '83 3b9ac9ff', '3999999999'],
  [9, 9, '80000001', '0.000000001'],
])('DECIMAL(%i,%i) %s is %s', (precision, scale, wire, text) => {
  expect(decimal(precision, scale, wire)).toBe(text);
});

test('DECIMAL(65,30) holds 65 digits of either sign', () => {
  const nines = `${'9'.repeat(35)}.${'9'.repeat(30)}`;
  const groups = new Array<string>(6);
  const positive = ['85f5e0ff', ...groups.fill('3b9ac9ff'), '03e7'].join('');
  expect(decimal(65, 30, positive)).toBe(nines);
  const negative = ['7a0a1f00', ...groups.fill('c4653600'), 'fc18'].join('');
  expect(decimal(65, 30, negative)).toBe(`-${nines}`);
});
