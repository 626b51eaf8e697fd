/**
 * MySQL's own serialization format (libs/mysql/serialization/readme.md), from 8.3 on.
 *
 * A variable-length integer is 1 to 9 bytes: the count of lowest one bits in the first byte is the count of
 * bytes behind it; the value follows the zero bit behind them, little-endian (9 bytes: the value is the last 8).
 * Signed ones have their sign in the lowest bit.
 */
import type { ByteReader } from '../reader.ts';

const FULL = 0xff;

export function readVarlen(reader: ByteReader, what: string): bigint {
  const first = reader.u8(what);
  if (first === FULL) return reader.u64(what);
  const ones = 31 - Math.clz32(~first & (first + 1));
  let value = BigInt(first) >> BigInt(ones + 1);
  let shift = BigInt(7 - ones);
  for (let left = ones; left > 0; left -= 1) {
    value |= BigInt(reader.u8(what)) << shift;
    shift += 8n;
  }
  return value;
}

export function readSignedVarlen(reader: ByteReader, what: string): bigint {
  const value = readVarlen(reader, what);
  return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
}
