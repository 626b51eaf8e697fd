/**
 * Integers: two's complement, little-endian, 1, 2, 3, 4 or 8 bytes. The image does not tell the sign: the table
 * map's metadata or the definition does. YEAR: 1 byte, years since 1900, 0 for the year 0000.
 */
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, take } from './cursor.ts';

/** A bigint only where a number would lose digits. */
const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

const SIGNED = {
  tinyint: (c) => c.bytes.readInt8(take(c, 1)),
  smallint: (c) => c.bytes.readInt16LE(take(c, 2)),
  mediumint: (c) => c.bytes.readIntLE(take(c, 3), 3),
  int: (c) => c.bytes.readInt32LE(take(c, 4)),
  bigint: (c) => narrow(c.bytes.readBigInt64LE(take(c, 8))),
} as const satisfies Record<string, ReadValue>;

const UNSIGNED: Readonly<Record<keyof typeof SIGNED, ReadValue>> = {
  tinyint: (c) => c.bytes.readUInt8(take(c, 1)),
  smallint: (c) => c.bytes.readUInt16LE(take(c, 2)),
  mediumint: (c) => c.bytes.readUIntLE(take(c, 3), 3),
  int: (c) => c.bytes.readUInt32LE(take(c, 4)),
  bigint: (c) => narrow(c.bytes.readBigUInt64LE(take(c, 8))),
};

export function integerReader(kind: keyof typeof SIGNED, column: ColumnShape): ReadValue {
  return (column.unsigned ? UNSIGNED : SIGNED)[kind];
}

export const readYear: ReadValue = (c) => {
  const value = c.bytes.readUInt8(take(c, 1));
  return value === 0 ? 0 : 1900 + value;
};
