// Dates and times (../../columns/temporal.ts has the layouts) as text with its quotes. Big-endian, so bytes are swapped.
import { giveUp } from './memory';
import { put2, put4, putPadded } from './numbers';

@inline
function u16be(from: usize): u32 {
  return <u32>bswap<u16>(load<u16>(from));
}

@inline
function u24be(from: usize): u32 {
  return (<u32>load<u8>(from) << 16) | u16be(from + 1);
}

function putDay(to: usize, year: u32, month: u32, day: u32): usize {
  if (year > 9999) giveUp();
  put4(to, year);
  store<u8>(to, 0x2d, 4);
  put2(to + 5, month);
  store<u8>(to, 0x2d, 7);
  return put2(to + 8, day);
}

function putClock(to: usize, hour: u32, minute: u32, second: u32): usize {
  const at = hour < 100 ? put2(to, hour) : putPadded(to, hour, hour < 1000 ? 3 : 4);
  store<u8>(at, 0x3a);
  put2(at + 1, minute);
  store<u8>(at, 0x3a, 3);
  return put2(at + 4, second);
}

function fractionAt(from: usize, digits: u32): u32 {
  if (digits <= 2) return load<u8>(from);
  return digits <= 4 ? u16be(from) : u24be(from);
}

/** `digits` from 1 to 6 of a fraction counted in hundredths, ten-thousandths or millionths. */
function putFraction(to: usize, value: u32, digits: u32): usize {
  const limit: u32 = digits <= 2 ? 100 : digits <= 4 ? 10000 : 1000000;
  if (value >= limit) giveUp();
  store<u8>(to, 0x2e);
  return putPadded(to + 1, (digits & 1) == 0 ? value : value / 10, digits);
}

export function putDate(from: usize, to: usize): usize {
  const value = <u32>load<u16>(from) | (<u32>load<u8>(from, 2) << 16);
  store<u8>(to, 0x22);
  const at = putDay(to + 1, value >> 9, (value >> 5) & 15, value & 31);
  store<u8>(at, 0x22);
  return at + 1;
}

export function putDatetime(from: usize, to: usize, digits: u32): usize {
  // sign 1, year and month 17, day 5, hour 5 | minute 6, second 6: read as 24 and 16 bits
  const high = u24be(from);
  if ((high & 0x80_0000) == 0) giveUp();
  const rest = u16be(from + 3);
  const days = high & 0x7f_ffff;
  const yearMonth = days >> 6;
  const year = yearMonth / 13;
  store<u8>(to, 0x22);
  let at = putDay(to + 1, year, yearMonth - year * 13, (days >> 1) & 31);
  store<u8>(at, 0x20);
  at = putClock(at + 1, ((days & 1) << 4) | (rest >> 12), (rest >> 6) & 63, rest & 63);
  if (digits > 0) at = putFraction(at, fractionAt(from + 5, digits), digits);
  store<u8>(at, 0x22);
  return at + 1;
}

/** The civil date of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
function putEpochDay(to: usize, epochDay: u32): usize {
  const days = epochDay + 719468;
  const era = days / 146097;
  const dayOfEra = days - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - yearOfEra / 100);
  const shifted = (5 * dayOfYear + 2) / 153;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return putDay(to, year, month, dayOfYear - (153 * shifted + 2) / 5 + 1);
}

/** UTC; 0 is the server's zero timestamp, not 1970. */
export function putTimestamp(from: usize, to: usize, digits: u32): usize {
  const seconds = bswap<u32>(load<u32>(from));
  const fraction = digits > 0 ? fractionAt(from + 4, digits) : 0;
  store<u8>(to, 0x22);
  const day = seconds / 86400;
  let at = seconds == 0 && fraction == 0 ? putDay(to + 1, 0, 0, 0) : putEpochDay(to + 1, day);
  store<u8>(at, 0x54);
  const clock = seconds - day * 86400;
  const hour = clock / 3600;
  const minute = (clock - hour * 3600) / 60;
  at = putClock(at + 1, hour, minute, clock - hour * 3600 - minute * 60);
  if (digits > 0) at = putFraction(at, fraction, digits);
  store<u16>(at, 0x225a);
  return at + 2;
}

export function putTime(from: usize, to: usize, digits: u32): usize {
  const bits: u32 = digits == 0 ? 0 : digits <= 2 ? 8 : digits <= 4 ? 16 : 24;
  const low: i64 = bits == 0 ? 0 : <i64>fractionAt(from + 3, digits);
  const packed = ((<i64>u24be(from) - 0x80_0000) << bits) + low;
  const value = packed < 0 ? -packed : packed;
  const clock = <u32>(value >> bits);
  store<u8>(to, 0x22);
  let at = to + 1;
  if (packed < 0) store<u8>(at++, 0x2d);
  at = putClock(at, clock >> 12, (clock >> 6) & 63, clock & 63);
  if (digits > 0) at = putFraction(at, <u32>(value - (<i64>clock << bits)), digits);
  store<u8>(at, 0x22);
  return at + 1;
}
