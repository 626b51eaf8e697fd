/**
 * Dates and times of tables made before MySQL 5.6, and by MariaDB with mysql56_temporal_format=OFF. Without a
 * fraction (MySQL sql/field.cc, Field_datetime, Field_time, Field_timestamp):
 *
 *   DATETIME   8 bytes LE: the decimal number YYYYMMDDhhmmss
 *   TIME       3 bytes LE, signed: the decimal number hhmmss
 *   TIMESTAMP  4 bytes LE: seconds since 1970
 *
 * MariaDB's own form with a fraction of d digits (sql/field.cc, Field_*_hires), big-endian; the table map does not
 * tell the digits:
 *
 *   DATETIME   6, 6, 7, 7, 7, 8 bytes: (((((year * 13 + month) * 32 + day) * 24 + hour) * 60 + minute) * 60 + second)
 *              * 10^d + fraction
 *   TIME       4, 4, 5, 5, 5, 6 bytes: (seconds * 10^d + fraction) with its sign, plus 838:59:59 + 1 s
 *   TIMESTAMP  4 bytes of seconds since 1970, then (d + 1) / 2 bytes of fraction
 */
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, take } from './cursor.ts';
import { dateText, four, fractionBytes, instantText, two } from './temporal.ts';

const DATETIME_BYTES = [8, 6, 6, 7, 7, 7, 8] as const;
const TIME_BYTES = [3, 4, 4, 5, 5, 5, 6] as const;
/** What TIME is biased by: one second more than its largest value. */
const TIME_ZERO_SECONDS = 3_020_400;
const DAY_SECONDS = 86_400;

const exactFraction = (value: number | bigint, digits: number): string =>
  digits === 0 ? '' : `.${String(value).padStart(digits, '0')}`;

const clock = (hours: number, minutes: number, seconds: number): string =>
  `${two(hours)}:${two(minutes)}:${two(seconds)}`;

const clockOfSeconds = (seconds: number): string =>
  clock(Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60);

const readDatetime: ReadValue = (c) => {
  const value = c.bytes.readBigUInt64LE(take(c, 8));
  const date = Number(value / 1_000_000n);
  const time = Number(value % 1_000_000n);
  return (
    `${four(Math.floor(date / 10_000))}-${two(Math.floor(date / 100) % 100)}-${two(date % 100)} ` +
    clock(Math.floor(time / 10_000), Math.floor(time / 100) % 100, time % 100)
  );
};

export function oldDatetimeReader({ fraction: digits }: ColumnShape): ReadValue {
  if (digits === 0) return readDatetime;
  const size = DATETIME_BYTES[digits] ?? 8;
  const unit = 10n ** BigInt(digits);
  return (c) => {
    const at = take(c, size);
    // up to 8 bytes: more than a number holds
    const packed = BigInt(`0x${c.bytes.toString('hex', at, at + size)}`);
    const seconds = Number(packed / unit);
    const days = Math.floor(seconds / DAY_SECONDS);
    const date = dateText(Math.floor(days / 32), days % 32);
    return `${date} ${clockOfSeconds(seconds % DAY_SECONDS)}${exactFraction(packed % unit, digits)}`;
  };
}

const readTime: ReadValue = (c) => {
  const value = c.bytes.readIntLE(take(c, 3), 3);
  const size = Math.abs(value);
  const text = clock(Math.floor(size / 10_000), Math.floor(size / 100) % 100, size % 100);
  return `${value < 0 ? '-' : ''}${text}`;
};

export function oldTimeReader({ fraction: digits }: ColumnShape): ReadValue {
  if (digits === 0) return readTime;
  const size = TIME_BYTES[digits] ?? 6;
  const unit = 10 ** digits;
  return (c) => {
    const value = c.bytes.readUIntBE(take(c, size), size) - TIME_ZERO_SECONDS * unit;
    const absolute = Math.abs(value);
    const text = clockOfSeconds(Math.floor(absolute / unit)) + exactFraction(absolute % unit, digits);
    return `${value < 0 ? '-' : ''}${text}`;
  };
}

export function oldTimestampReader({ fraction: digits }: ColumnShape): ReadValue {
  const size = fractionBytes(digits);
  if (digits === 0) return (c) => instantText(c.bytes.readUInt32LE(take(c, 4)), 0, 0);
  // of an odd number of digits the fraction is counted in just these, not in digit pairs as in TIMESTAMP2
  const scale = 10 ** (2 * size - digits);
  return (c) => {
    const at = take(c, 4 + size);
    return instantText(c.bytes.readUInt32BE(at), c.bytes.readUIntBE(at + 4, size) * scale, digits);
  };
}
