/** Integers, YEAR, FLOAT, DOUBLE: little-endian, as in memory. BIT: big-endian, as many bytes as needed. */
import type { ColumnShape, ColumnValue } from '../table-shape.ts';
import { type Cursor, take } from './cursor.ts';

type Read = (cursor: Cursor) => ColumnValue;

/** A bigint only where a number would lose digits. */
const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

export function integerReader(column: ColumnShape): Read {
  const { unsigned } = column;
  switch (column.kind) {
    case 'tinyint':
      return (c) => (unsigned ? c.bytes.readUInt8(take(c, 1)) : c.bytes.readInt8(take(c, 1)));
    case 'smallint':
      return (c) => (unsigned ? c.bytes.readUInt16LE(take(c, 2)) : c.bytes.readInt16LE(take(c, 2)));
    case 'mediumint':
      return (c) => (unsigned ? c.bytes.readUIntLE(take(c, 3), 3) : c.bytes.readIntLE(take(c, 3), 3));
    case 'int':
      return (c) => (unsigned ? c.bytes.readUInt32LE(take(c, 4)) : c.bytes.readInt32LE(take(c, 4)));
    default:
      return (c) =>
        narrow(unsigned ? c.bytes.readBigUInt64LE(take(c, 8)) : c.bytes.readBigInt64LE(take(c, 8)));
  }
}

/** 1 byte: years since 1900; 0 is the year 0000. */
export const readYear: Read = (c) => {
  const value = c.bytes.readUInt8(take(c, 1));
  return value === 0 ? 0 : 1900 + value;
};

export const readFloat: Read = (c) => c.bytes.readFloatLE(take(c, 4));
export const readDouble: Read = (c) => c.bytes.readDoubleLE(take(c, 8));

export function bitReader(bits: number): Read {
  const size = (bits + 7) >> 3;
  return (c) => {
    const start = take(c, size);
    let value = 0n;
    for (let i = start; i < start + size; i += 1) value = (value << 8n) | BigInt(c.bytes.readUInt8(i));
    return value.toString();
  };
}
