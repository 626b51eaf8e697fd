import { expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../../runner/binlog/column-types.ts';
import { bytes, column, readValue } from '../../../../support/columns.ts';

const geometry = column('geometry', { wireType: COLUMN_TYPE.GEOMETRY, meta: 4 });
const vector = column('vector', { wireType: COLUMN_TYPE.VECTOR, meta: 4 });
const corrupt = expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' });

test('GEOMETRY is its SRID and its WKB', () => {
  const point = '0101000000000000000000f03f0000000000000040';
  expect(readValue(geometry, `19000000 e6100000 ${point}`)).toEqual({ srid: 4326, wkb: bytes(point) });
});

test('GEOMETRY without bytes, as non-strict writers leave it, is empty; one without room for its SRID an error', () => {
  expect(readValue(geometry, '00000000')).toEqual({ srid: 0, wkb: Buffer.alloc(0) });
  expect(() => readValue(geometry, '03000000 000000')).toThrow(corrupt);
});

test('VECTOR is its float32 values', () => {
  const value = readValue(vector, '0c000000 6666863f 66668ec1 00000080');
  expect(value).toEqual(Float32Array.of(1.05, -17.8, -0));
  expect(readValue(vector, '00000000')).toEqual(new Float32Array());
});

test('VECTOR with half a number, or with what is no number, is an error', () => {
  expect(() => readValue(vector, '03000000 000000')).toThrow(corrupt);
  expect(() => readValue(vector, '04000000 0000c07f')).toThrow(corrupt);
});
