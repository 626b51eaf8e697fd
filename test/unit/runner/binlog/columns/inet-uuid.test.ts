/** Texts and bytes as MariaDB 10.11 gives them. */
import { expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../../runner/binlog/column-types.ts';
import type { ColumnKind } from '../../../../../runner/binlog/table-shape.ts';
import { column, readValue } from '../../../../support/columns.ts';

const read = (kind: ColumnKind, length: number, wire: string): unknown =>
  readValue(column(kind, { wireType: COLUMN_TYPE.STRING, meta: 0xfe00 + length, length }), wire);

test.each([
  ['04 01020304', '1.2.3.4'],
  ['01 0a', '10.0.0.0'],
  ['00', '0.0.0.0'],
  ['04 ffffffff', '255.255.255.255'],
])('INET4 %s is %s', (wire, text) => {
  expect(read('inet4', 4, wire)).toBe(text);
});

test.each([
  ['00', '::'],
  ['10 00000000000000000000000000000001', '::1'],
  ['02 0001', '1::'],
  ['08 0001000000000002', '1:0:0:2::'],
  ['10 20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['0e 0001000200030004000500060007', '1:2:3:4:5:6:7::'],
  ['10 00000002000300040005000600070008', '::2:3:4:5:6:7:8'],
  ['10 00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
  ['0c 000100000003000000000006', '1:0:3::6:0:0'],
  ['10 00000000000000000000ffff01020304', '::ffff:1.2.3.4'],
  ['0c 00000000000000000000ffff', '::ffff:0.0.0.0'],
  ['10 00000000000000000000000001020304', '::1.2.3.4'],
  ['0e 0000000000000000000000000001', '::0.1.0.0'],
  ['10 00000000000000000000000100020003', '::1:2:3'],
  ['10 0064ff9b000000000000000001020304', '64:ff9b::102:304'],
])('INET6 %s is %s', (wire, text) => {
  expect(read('inet6', 16, wire)).toBe(text);
});

test.each([
  ['10 00112233445566778899aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff'],
  ['10 f81d4fae7dec11d0a76500a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ['0a 018f4e5c12347abc9def', '018f4e5c-1234-7abc-9def-000000000000'],
  ['00', '00000000-0000-0000-0000-000000000000'],
])('UUID %s is %s, in the order of its text', (wire, text) => {
  expect(read('uuid', 16, wire)).toBe(text);
});
