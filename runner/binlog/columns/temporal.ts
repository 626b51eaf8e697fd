/**
 * Dates and times as all servers store them since MySQL 5.6 and MariaDB 10.1 (MySQL mysys/my_time.cc):
 *
 *   DATE        3 bytes LE: year << 9 | month << 5 | day
 *   DATETIME2   5 bytes BE: sign bit (set), year * 13 + month in 17 bits, day 5, hour 5, minute 6, second 6
 *   TIMESTAMP2  4 bytes BE: seconds since 1970
 *   TIME2       3 bytes BE: sign bit (set = not negative), 1 unused, hour 10, minute 6, second 6
 *
 * the last three followed by the fraction of a second: (digits + 1) / 2 bytes BE, in hundredths, ten-thousandths or
 * millionths. A negative TIME2 is the two's complement of the whole number, fraction included.
 */
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, take } from './cursor.ts';

/** `hour 5, minute 6, second 6` bits. */
const CLOCK_BITS = 17;
const CLOCK_UNIT = 2 ** CLOCK_BITS;
const DATETIME_SIGN = 2 ** 39;
const TIME_SIGN = 2 ** 23;

export const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
export const four = (value: number): string => String(value).padStart(4, '0');

export const fractionBytes = (digits: number): number => (digits + 1) >> 1;

/** `.25` of a fraction counted in hundredths, ten-thousandths or millionths; '' where the column has none. */
export function fractionText(value: number, digits: number): string {
  if (digits === 0) return '';
  return `.${String(value)
    .padStart(2 * fractionBytes(digits), '0')
    .slice(0, digits)}`;
}

/** Year and month packed as year * 13 + month. */
export const dateText = (yearMonth: number, day: number): string =>
  `${four(Math.floor(yearMonth / 13))}-${two(yearMonth % 13)}-${two(day)}`;

/** Hours (of any number of bits), minutes and seconds, six bits each. */
export const clockText = (packed: number): string =>
  `${two(packed >> 12)}:${two((packed >> 6) & 63)}:${two(packed & 63)}`;

/** UTC; 0 is the server's zero timestamp, not 1970. */
export function instantText(seconds: number, fraction: number, digits: number): string {
  const tail = `${fractionText(fraction, digits)}Z`;
  if (seconds === 0 && fraction === 0) return `0000-00-00T00:00:00${tail}`;
  return new Date(seconds * 1000).toISOString().slice(0, 19) + tail;
}

export const readDate: ReadValue = (c) => {
  const value = c.bytes.readUIntLE(take(c, 3), 3);
  return `${four(value >> 9)}-${two((value >> 5) & 15)}-${two(value & 31)}`;
};

function fractionAt(bytes: Buffer, at: number, size: number): number {
  return size === 0 ? 0 : bytes.readUIntBE(at, size);
}

export function datetimeReader({ fraction: digits }: ColumnShape): ReadValue {
  const size = fractionBytes(digits);
  return (c) => {
    const at = take(c, 5 + size);
    const packed = c.bytes.readUIntBE(at, 5) - DATETIME_SIGN;
    const days = Math.floor(packed / CLOCK_UNIT);
    const date = dateText(days >> 5, days & 31);
    const fraction = fractionText(fractionAt(c.bytes, at + 5, size), digits);
    return `${date} ${clockText(packed % CLOCK_UNIT)}${fraction}`;
  };
}

export function timestampReader({ fraction: digits }: ColumnShape): ReadValue {
  const size = fractionBytes(digits);
  return (c) => {
    const at = take(c, 4 + size);
    return instantText(c.bytes.readUInt32BE(at), fractionAt(c.bytes, at + 4, size), digits);
  };
}

export function timeReader({ fraction: digits }: ColumnShape): ReadValue {
  const size = fractionBytes(digits);
  const unit = 2 ** (8 * size);
  return (c) => {
    const packed = c.bytes.readUIntBE(take(c, 3 + size), 3 + size) - TIME_SIGN * unit;
    const value = Math.abs(packed);
    const fraction = fractionText(value % unit, digits);
    return `${packed < 0 ? '-' : ''}${clockText(Math.floor(value / unit))}${fraction}`;
  };
}
