/** FLOAT and DOUBLE: IEEE 754, little-endian, 4 and 8 bytes. */
import { CdcError } from '../../../core/errors.ts';
import { type ReadValue, take } from './cursor.ts';

/** No server stores infinities or NaN: they say that the bytes are not what we take them for. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new CdcError('CDC_BINLOG_CORRUPT', `${value} is not a number that servers store`);
}

export const readFloat: ReadValue = (c) => finite(c.bytes.readFloatLE(take(c, 4)));
export const readDouble: ReadValue = (c) => finite(c.bytes.readDoubleLE(take(c, 8)));
