import { expect, test } from 'vitest';
import { column, readValue } from '../../../../support/columns.ts';

test('FLOAT and DOUBLE keep every bit, the sign of zero too', () => {
  expect(readValue(column('float'), 'cdcccc3d')).toBe(Math.fround(0.1));
  expect(readValue(column('float'), '00000080')).toBe(-0);
  expect(readValue(column('double'), '9a9999999999b93f')).toBe(0.1);
  expect(readValue(column('double'), '0100000000000000')).toBe(5e-324);
});

test.each([
  ['float', '0000c07f'],
  ['float', '000080ff'],
  ['double', '000000000000f07f'],
] as const)('%s %s, which no server stores, is an error', (kind, wire) => {
  expect(() => readValue(column(kind), wire)).toThrow(
    expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' }),
  );
});
