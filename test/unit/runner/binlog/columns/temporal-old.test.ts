/** The bytes with fractions are what MariaDB 10.11 writes with mysql56_temporal_format=OFF. */
import { expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../../runner/binlog/column-types.ts';
import { column, readValue } from '../../../../support/columns.ts';

test.each([
  [0, '457c178468120000', '2024-01-02 03:04:05'],
  [0, '0000000000000000', '0000-00-00 00:00:00'],
  [0, '7787d105f15a0000', '9999-12-31 23:59:59'],
  [1, '00a96298ed73', '2024-01-02 03:04:05.1'],
  [2, '069dd9f94680', '2024-01-02 03:04:05.12'],
  [3, '00422a83bcc103', '2024-01-02 03:04:05.123'],
  [4, '0295a9255f8a22', '2024-01-02 03:04:05.1234'],
  [5, '19d89b75bb6559', '2024-01-02 03:04:05.12345'],
  [6, '010276129951f580', '2024-01-02 03:04:05.123456'],
])('DATETIME(%i) %s is %s', (fraction, wire, text) => {
  const shape = column('datetime', { wireType: COLUMN_TYPE.DATETIME, fraction });
  expect(readValue(shape, wire)).toBe(text);
});

test.each([
  [0, '590a80', '-838:59:59'],
  [0, '000000', '00:00:00'],
  [0, 'a7f57f', '838:59:59'],
  [1, '01cce05f', '-00:00:00.1'],
  [3, '00b15478eb', '-12:34:56.789'],
  [6, '057e7bbcf7ff', '838:59:59.999999'],
])('TIME(%i) %s is %s', (fraction, wire, text) => {
  expect(readValue(column('time', { wireType: COLUMN_TYPE.TIME, fraction }), wire)).toBe(text);
});

test.each([
  [0, '257d9365', '2024-01-02T03:04:05Z'],
  [0, '00000000', '0000-00-00T00:00:00Z'],
  [1, '65937d2501', '2024-01-02T03:04:05.1Z'],
  [3, '65937d25007b', '2024-01-02T03:04:05.123Z'],
  [6, '65937d2501e240', '2024-01-02T03:04:05.123456Z'],
  [3, '000000000000', '0000-00-00T00:00:00.000Z'],
])('TIMESTAMP(%i) %s is %s', (fraction, wire, text) => {
  const shape = column('timestamp', { wireType: COLUMN_TYPE.TIMESTAMP, fraction });
  expect(readValue(shape, wire)).toBe(text);
});
