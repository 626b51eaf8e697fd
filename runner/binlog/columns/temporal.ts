/**
 * Dates and times. Layouts: MySQL internals manual, "Date and Time Data Type Representation".
 *   DATE        3 bytes LE: year << 9 | month << 5 | day
 *   DATETIME2   5 bytes BE: sign, (year * 13 + month) 17 bits, day 5, hour 5, minute 6, second 6; then fraction
 *   TIMESTAMP2  4 bytes BE: unix seconds; then fraction
 *   TIME2       3 bytes BE: sign, hour 10 bits, minute 6, second 6, biased by 2^23; then fraction; a negative
 *               value is the two's complement of the whole packed number, fraction included
 *   fraction    (digits + 1) / 2 bytes BE, in units of the last digit pair
 * Before 5.6 (and MariaDB with mysql56_temporal_format=OFF): DATETIME 8 bytes LE as YYYYMMDDhhmmss, TIME 3 bytes
 * LE as hhmmss, TIMESTAMP 4 bytes LE.
 */
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
const four = (value: number): string => String(value).padStart(4, '0');

export const fractionBytes = (digits: number): number => (digits + 1) >> 1;

function microsText(value: number, size: number, digits: number): string {
  if (digits === 0) return '';
  const micros = size === 1 ? value * 10_000 : size === 2 ? value * 100 : value;
  return `.${String(micros).padStart(6, '0').slice(0, digits)}`;
}

function fractionText(bytes: Buffer, at: number, digits: number): string {
  const size = fractionBytes(digits);
  return size === 0 ? '' : microsText(bytes.readUIntBE(at, size), size, digits);
}

export function readDate(bytes: Buffer, at: number): string {
  const value = bytes.readUIntLE(at, 3);
  return `${four(value >> 9)}-${two((value >> 5) & 15)}-${two(value & 31)}`;
}

/** `hhmmss` packed in 17 bits: hour 5, minute 6, second 6. */
const clock = (packed: number): string =>
  `${two(packed >> 12)}:${two((packed >> 6) & 63)}:${two(packed & 63)}`;

export function readDatetime2(bytes: Buffer, at: number, digits: number): string {
  const packed = bytes.readUIntBE(at, 5) - 0x80_0000_0000;
  const days = Math.floor(packed / 2 ** 17);
  const months = days >> 5;
  const date = `${four(Math.floor(months / 13))}-${two(months % 13)}-${two(days & 31)}`;
  return `${date} ${clock(packed % 2 ** 17)}${fractionText(bytes, at + 5, digits)}`;
}

function instant(seconds: number, fraction: string): string {
  if (seconds === 0 && /^[.0]*$/.test(fraction)) return `0000-00-00T00:00:00${fraction}Z`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

export function readTimestamp2(bytes: Buffer, at: number, digits: number): string {
  return instant(bytes.readUInt32BE(at), fractionText(bytes, at + 4, digits));
}

export function readTime2(bytes: Buffer, at: number, digits: number): string {
  const size = fractionBytes(digits);
  const unit = 2 ** (8 * size);
  const packed = bytes.readUIntBE(at, 3 + size) - 0x80_0000 * unit;
  const value = Math.abs(packed);
  const whole = Math.floor(value / unit);
  const text = `${two(whole >> 12)}:${two((whole >> 6) & 63)}:${two(whole & 63)}`;
  return `${packed < 0 ? '-' : ''}${text}${microsText(value % unit, size, digits)}`;
}

export function readTimestampOld(bytes: Buffer, at: number): string {
  return instant(bytes.readUInt32LE(at), '');
}

export function readDatetimeOld(bytes: Buffer, at: number): string {
  const text = String(bytes.readBigUInt64LE(at)).padStart(14, '0');
  const part = (from: number, to: number): string => text.slice(from, to);
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)} ${part(8, 10)}:${part(10, 12)}:${part(12, 14)}`;
}

export function readTimeOld(bytes: Buffer, at: number): string {
  const value = bytes.readIntLE(at, 3);
  const size = Math.abs(value);
  const text = `${two(Math.floor(size / 10_000))}:${two(Math.floor(size / 100) % 100)}:${two(size % 100)}`;
  return `${value < 0 ? '-' : ''}${text}`;
}
