/**
 * BINARY, VARBINARY and BLOB: bytes behind their length. Of a BINARY(n) the trailing zero bytes are not sent: they
 * are put back.
 */
import type { ColumnShape } from '../table-shape.ts';
import { uncompressed } from './compressed.ts';
import { type ReadValue, viewSized } from './cursor.ts';
import { lengthBytes } from './sizes.ts';

/** Bytes with zeros behind them up to `length`. */
export function padded(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes;
  const whole = Buffer.alloc(length);
  bytes.copy(whole);
  return whole;
}

export function blobReader(column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  return column.compressed ? (c) => uncompressed(viewSized(c, size)) : (c) => viewSized(c, size);
}

export function binaryReader(column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  return (c) => padded(viewSized(c, size), column.length);
}
