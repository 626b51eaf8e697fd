/** Dates and times (columns/temporal.ts has the layouts) as text with its quotes, digit by digit. */
import { put2, put4, putPadded } from './number-text.ts';
import { GIVE_UP } from './state.ts';

const QUOTE = 0x22;
const DASH = 0x2d;
const COLON = 0x3a;

function putDay(out: DataView, at: number, year: number, month: number, day: number): number {
  if (year > 9999) throw GIVE_UP;
  put4(out, at, year);
  out.setUint8(at + 4, DASH);
  put2(out, at + 5, month);
  out.setUint8(at + 7, DASH);
  return put2(out, at + 8, day);
}

function putClock(out: DataView, at: number, hour: number, minute: number, second: number): number {
  const behindHour = hour < 100 ? put2(out, at, hour) : putPadded(out, at, hour, hour < 1000 ? 3 : 4);
  out.setUint8(behindHour, COLON);
  put2(out, behindHour + 1, minute);
  out.setUint8(behindHour + 3, COLON);
  return put2(out, behindHour + 4, second);
}

const FRACTION_LIMITS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;

/** `digits` from 1 to 6 of a fraction counted in hundredths, ten-thousandths or millionths. */
function putFraction(out: DataView, at: number, value: number, digits: number): number {
  const stored = (digits + 1) & ~1;
  if (value >= (FRACTION_LIMITS[stored] ?? 0)) throw GIVE_UP;
  out.setUint8(at, 0x2e);
  // counted in one digit more than wanted where the number is odd
  return putPadded(out, at + 1, stored === digits ? value : (value / 10) | 0, digits);
}

function fractionAt(source: DataView, from: number, digits: number): number {
  if (digits <= 2) return source.getUint8(from);
  if (digits <= 4) return source.getUint16(from);
  return (source.getUint8(from) << 16) | source.getUint16(from + 1);
}

export function putDate(source: DataView, from: number, out: DataView, to: number): number {
  const value = source.getUint16(from, true) | (source.getUint8(from + 2) << 16);
  out.setUint8(to, QUOTE);
  const at = putDay(out, to + 1, value >> 9, (value >> 5) & 15, value & 31);
  out.setUint8(at, QUOTE);
  return at + 1;
}

export function putDatetime(
  source: DataView,
  from: number,
  out: DataView,
  to: number,
  digits: number,
): number {
  // sign 1, year and month 17, day 5, hour 5 | minute 6, second 6: read as 24 and 16 bits
  if ((source.getUint8(from) & 0x80) === 0) throw GIVE_UP;
  const days = ((source.getUint8(from) & 0x7f) << 16) | source.getUint16(from + 1);
  const rest = source.getUint16(from + 3);
  const yearMonth = days >> 6;
  const day = (days >> 1) & 31;
  const hour = ((days & 1) << 4) | (rest >> 12);
  const year = (yearMonth / 13) | 0;
  out.setUint8(to, QUOTE);
  let at = putDay(out, to + 1, year, yearMonth - year * 13, day);
  out.setUint8(at, 0x20);
  at = putClock(out, at + 1, hour, (rest >> 6) & 63, rest & 63);
  if (digits > 0) at = putFraction(out, at, fractionAt(source, from + 5, digits), digits);
  out.setUint8(at, QUOTE);
  return at + 1;
}

const DAY_SECONDS = 86_400;

/** The civil date of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
function putEpochDay(out: DataView, at: number, epochDay: number): number {
  const days = epochDay + 719_468;
  const era = (days / 146_097) | 0;
  const dayOfEra = days - era * 146_097;
  const yearOfEra =
    ((dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0)) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
  const shifted = ((5 * dayOfYear + 2) / 153) | 0;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return putDay(out, at, year, month, dayOfYear - (((153 * shifted + 2) / 5) | 0) + 1);
}

/** UTC; 0 is the server's zero timestamp, not 1970. */
export function putTimestamp(
  source: DataView,
  from: number,
  out: DataView,
  to: number,
  digits: number,
): number {
  const seconds = source.getUint32(from);
  const fraction = digits > 0 ? fractionAt(source, from + 4, digits) : 0;
  out.setUint8(to, QUOTE);
  let at = to + 1;
  if (seconds === 0 && fraction === 0) {
    at = putDay(out, at, 0, 0, 0);
  } else at = putEpochDay(out, at, (seconds / DAY_SECONDS) | 0);
  out.setUint8(at, 0x54);
  const clock = seconds % DAY_SECONDS;
  const hour = (clock / 3600) | 0;
  const minute = ((clock - hour * 3600) / 60) | 0;
  at = putClock(out, at + 1, hour, minute, clock - hour * 3600 - minute * 60);
  if (digits > 0) at = putFraction(out, at, fraction, digits);
  out.setUint16(at, 0x225a, true);
  return at + 2;
}

const TIME_SIGN = 0x80_0000;

export function putTime(source: DataView, from: number, out: DataView, to: number, digits: number): number {
  const bits = digits === 0 ? 0 : digits <= 2 ? 8 : digits <= 4 ? 16 : 24;
  const unit = 2 ** bits;
  const high = (source.getUint8(from) << 16) | source.getUint16(from + 1);
  const low = bits === 0 ? 0 : fractionAt(source, from + 3, digits);
  const packed = (high - TIME_SIGN) * unit + low;
  const value = packed < 0 ? -packed : packed;
  const clock = Math.floor(value / unit);
  out.setUint8(to, QUOTE);
  let at = to + 1;
  if (packed < 0) out.setUint8(at++, DASH);
  at = putClock(out, at, clock >> 12, (clock >> 6) & 63, clock & 63);
  if (digits > 0) at = putFraction(out, at, value - clock * unit, digits);
  out.setUint8(at, QUOTE);
  return at + 1;
}
