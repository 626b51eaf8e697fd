import { deflateRawSync, deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../../runner/binlog/column-types.ts';
import type { ColumnKind, ColumnShape } from '../../../../../runner/binlog/table-shape.ts';
import { bytes, column, readValue } from '../../../../support/columns.ts';

const char = (meta: number): ColumnShape =>
  column('char', { wireType: COLUMN_TYPE.STRING, meta, charset: 'utf8mb4' });

test('CHAR comes as it was sent, with one byte of length up to 255 bytes', () => {
  expect(readValue(char(0xfe28), '03 612020')).toBe('a  ');
});

test('a CHAR above 255 bytes has its length in two bytes', () => {
  // CHAR(255) of utf8mb4: 1020 bytes, whose bits 8 and 9 stand inverted in the type byte
  expect(readValue(char(0xcefc), '0300 c3a978')).toBe('éx');
});

test('VARCHAR has one byte of length up to 255 bytes, two above', () => {
  const varchar = (meta: number): ColumnShape =>
    column('varchar', { wireType: COLUMN_TYPE.VARCHAR, meta, charset: 'latin1' });
  expect(readValue(varchar(255), '01 80')).toBe('€');
  expect(readValue(varchar(256), '0100 80')).toBe('€');
});

test.each([1, 2, 3, 4])('TEXT and BLOB have %i bytes of length', (meta) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(3);
  const wire = Buffer.concat([length.subarray(0, meta), bytes('e282ac')]);
  const shape = (kind: ColumnKind): ColumnShape =>
    column(kind, { wireType: COLUMN_TYPE.BLOB, meta, charset: 'utf8mb4' });
  expect(readValue(shape('text'), wire)).toBe('€');
  expect(readValue(shape('blob'), wire)).toEqual(bytes('e282ac'));
});

test('BINARY(n) gets back the zero bytes that were not sent; VARBINARY stays as it is', () => {
  const binary = column('binary', { wireType: COLUMN_TYPE.STRING, meta: 0xfe04, length: 4 });
  expect(readValue(binary, '00')).toEqual(bytes('00000000'));
  expect(readValue(binary, '02 ff01')).toEqual(bytes('ff010000'));
  expect(readValue(binary, '04 00000001')).toEqual(bytes('00000001'));
  const varbinary = column('varbinary', { wireType: COLUMN_TYPE.VARCHAR, meta: 4 });
  expect(readValue(varbinary, '02 ff00')).toEqual(bytes('ff00'));
});

const compressed = column('blob', { wireType: COLUMN_TYPE.BLOB_COMPRESSED, meta: 2, compressed: true });

function wire(...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(value.length);
  return Buffer.concat([length, value]);
}

test('a COMPRESSED column holds deflate streams with and without header, plain and empty values', () => {
  const value = Buffer.alloc(1000, 'abc');
  expect(readValue(compressed, wire(bytes('8203e8'), deflateSync(value)))).toEqual(value);
  expect(readValue(compressed, wire(bytes('8a03e8'), deflateRawSync(value)))).toEqual(value);
  expect(readValue(compressed, wire(bytes('00'), value))).toEqual(value);
  expect(readValue(compressed, wire())).toEqual(Buffer.alloc(0));
});

test('a COMPRESSED text is decoded after it was inflated', () => {
  const text = column('varchar', {
    wireType: COLUMN_TYPE.VARCHAR_COMPRESSED,
    meta: 301,
    charset: 'latin1',
    compressed: true,
  });
  expect(readValue(text, wire(bytes('8104'), deflateSync(bytes('e9e9e9e9'))))).toBe('éééé');
});

test.each([
  ['an unknown method', wire(bytes('910a'), deflateSync(Buffer.alloc(10)))],
  ['a length of no bytes', wire(bytes('80'), deflateSync(Buffer.alloc(10)))],
  ['a length cut off', wire(bytes('84'), bytes('00'))],
  ['more bytes than its length says', wire(bytes('8105'), deflateSync(Buffer.alloc(10)))],
  ['fewer bytes than its length says', wire(bytes('810b'), deflateSync(Buffer.alloc(10)))],
  ['a damaged stream', wire(bytes('810a'), Buffer.alloc(10, 0xff))],
])('a COMPRESSED value with %s is an error', (_what, damaged) => {
  const corrupt = expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' });
  expect(() => readValue(compressed, damaged)).toThrow(corrupt);
});
