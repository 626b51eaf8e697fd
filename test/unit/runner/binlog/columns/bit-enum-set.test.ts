import { expect, test } from 'vitest';
import { column, readValue } from '../../../../support/columns.ts';

test.each([
  [1, '01', '1'],
  [8, '80', '128'],
  [9, '0101', '257'],
  [48, 'ffffffffffff', '281474976710655'],
  [63, '7fffffffffffffff', '9223372036854775807'],
  [64, 'ffffffffffffffff', '18446744073709551615'],
  [64, '8000000000000000', '9223372036854775808'],
])('BIT(%i) %s is the digits %s', (length, wire, digits) => {
  expect(readValue(column('bit', { length }), wire)).toBe(digits);
});

const labels = (count: number): string[] => Array.from({ length: count }, (_item, index) => `l${index + 1}`);

test('ENUM counts its labels from one, in two bytes above 255 of them; 0 is the invalid value', () => {
  const small = column('enum', { meta: 0xf701, labels: ['a', 'ä'] });
  expect(['00', '01', '02'].map((wire) => readValue(small, wire))).toEqual(['', 'a', 'ä']);
  const large = column('enum', { meta: 0xf702, labels: labels(300) });
  expect(['0000', '0100', '2c01'].map((wire) => readValue(large, wire))).toEqual(['', 'l1', 'l300']);
});

test('SET joins the labels whose bits are set, the 64th too', () => {
  const set = column('set', { meta: 0xf808, labels: labels(64) });
  expect(readValue(set, '0000000000000000')).toBe('');
  expect(readValue(set, '0000008001000080')).toBe('l32,l33,l64');
  expect(readValue(set, 'ffffffffffffffff')).toBe(labels(64).join(','));
  expect(readValue(column('set', { meta: 0xf803, labels: labels(17) }), '010001')).toBe('l1,l17');
});

test('a number without a label is an error, never an empty value', () => {
  const mismatch = expect.objectContaining({ code: 'CDC_SCHEMA_MISMATCH' });
  expect(() => readValue(column('enum', { meta: 0xf701, labels: ['a'] }), '02')).toThrow(mismatch);
  expect(() => readValue(column('set', { meta: 0xf801, labels: ['a'] }), '02')).toThrow(mismatch);
});
