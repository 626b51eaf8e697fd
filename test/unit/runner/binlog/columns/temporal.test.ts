import { expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../../runner/binlog/column-types.ts';
import type { ColumnKind } from '../../../../../runner/binlog/table-shape.ts';
import { column, readValue } from '../../../../support/columns.ts';

const read = (kind: ColumnKind, wireType: number, fraction: number, wire: string): unknown =>
  readValue(column(kind, { wireType, fraction }), wire);

test.each([
  ['000000', '0000-00-00'],
  ['00d00f', '2024-00-00'],
  ['5fce0f', '2023-02-31'],
  ['9f1f4e', '9999-12-31'],
])('DATE %s is %s', (wire, text) => {
  expect(read('date', COLUMN_TYPE.DATE, 0, wire)).toBe(text);
  expect(read('date', COLUMN_TYPE.NEWDATE, 0, wire)).toBe(text);
});

test.each([
  [0, '8000000000', '0000-00-00 00:00:00'],
  [0, '99b280a28c', '2024-02-00 10:10:12'],
  [1, '99b2443105 0a', '2024-01-02 03:04:05.1'],
  [2, '99b2443105 63', '2024-01-02 03:04:05.99'],
  [3, '99b2443105 1a7c', '2024-01-02 03:04:05.678'],
  [4, '99b2443105 0001', '2024-01-02 03:04:05.0001'],
  [5, '99b2443105 0f4236', '2024-01-02 03:04:05.99999'],
  [6, 'fef3ff7efb 0f423f', '9999-12-31 23:59:59.999999'],
])('DATETIME(%i) %s is %s', (fraction, wire, text) => {
  expect(read('datetime', COLUMN_TYPE.DATETIME2, fraction, wire)).toBe(text);
});

test.each([
  [0, '00000000', '0000-00-00T00:00:00Z'],
  [3, '00000000 0000', '0000-00-00T00:00:00.000Z'],
  [3, '00000000 000a', '1970-01-01T00:00:00.001Z'],
  [0, '00000001', '1970-01-01T00:00:01Z'],
  [6, '7fffffff 0f423f', '2038-01-19T03:14:07.999999Z'],
  [0, 'ffffffff', '2106-02-07T06:28:15Z'],
  [1, '65937d25 0a', '2024-01-02T03:04:05.1Z'],
])('TIMESTAMP(%i) %s is %s', (fraction, wire, text) => {
  expect(read('timestamp', COLUMN_TYPE.TIMESTAMP2, fraction, wire)).toBe(text);
});

test.each([
  [0, '800000', '00:00:00'],
  [0, 'b46efb', '838:59:59'],
  [0, '4b9105', '-838:59:59'],
  [0, '7fffff', '-00:00:01'],
  [1, '7fffff f6', '-00:00:00.1'],
  [2, '7fffff ff', '-00:00:00.01'],
  [2, '7ffffe 9d', '-00:00:01.99'],
  [3, '7fffff fff6', '-00:00:00.001'],
  [6, '7fffff ffffff', '-00:00:00.000001'],
  [6, 'b46efb 000000', '838:59:59.000000'],
  [6, '7fffff 000000', '-00:00:01.000000'],
])('TIME(%i) %s is %s', (fraction, wire, text) => {
  expect(read('time', COLUMN_TYPE.TIME2, fraction, wire)).toBe(text);
});
