/** DECIMAL's packed digits (columns/decimal.ts has the layout) as text, digit by digit. */
import { putPadded, putUnsigned } from './number-text.ts';
import { GIVE_UP } from './state.ts';

/** How many digits and bytes a DECIMAL's groups have: a short one, full ones of 9 digits; the same behind the point. */
export interface DecimalGroups {
  readonly bytes: number;
  readonly leadDigits: number;
  readonly wholeGroups: number;
  readonly fractionGroups: number;
  readonly tailDigits: number;
}

const GROUP_DIGITS = 9;
const GROUP_BYTES = 4;
const GROUP_LIMIT = 1_000_000_000;
const DIGIT_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;
const LIMITS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000] as const;

const bytesOf = (digits: number): number => DIGIT_BYTES[digits] ?? 0;

export function decimalGroups(precision: number, scale: number): DecimalGroups {
  const integer = precision - scale;
  const wholeGroups = Math.floor(integer / GROUP_DIGITS);
  const fractionGroups = Math.floor(scale / GROUP_DIGITS);
  const leadDigits = integer % GROUP_DIGITS;
  const tailDigits = scale % GROUP_DIGITS;
  const bytes = bytesOf(leadDigits) + GROUP_BYTES * (wholeGroups + fractionGroups) + bytesOf(tailDigits);
  return { bytes, leadDigits, wholeGroups, fractionGroups, tailDigits };
}

/** A short group, big-endian, without the sign bits: `flip` is -1 for a negative number, else 0. */
function shortGroup(source: DataView, from: number, digits: number, flip: number, sign: number): number {
  let value: number;
  if (digits <= 2) value = (source.getUint8(from) ^ flip ^ sign) & 0xff;
  else if (digits <= 4) value = (source.getUint16(from) ^ flip ^ (sign << 8)) & 0xffff;
  else if (digits <= 6) {
    const bits = (source.getUint8(from) << 16) | source.getUint16(from + 1);
    value = (bits ^ flip ^ (sign << 16)) & 0xff_ffff;
  } else value = (source.getInt32(from) ^ flip ^ (sign << 24)) >>> 0;
  // no more than its digits can say
  if (value >= (LIMITS[digits] ?? 0)) throw GIVE_UP;
  return value;
}

function fullGroup(source: DataView, from: number, flip: number): number {
  const value = (source.getInt32(from) ^ flip) >>> 0;
  if (value >= GROUP_LIMIT) throw GIVE_UP;
  return value;
}

const SIGN = 0x80;
const MINUS = 0x2d;
const POINT = 0x2e;

export function putDecimal(
  source: DataView,
  start: number,
  out: DataView,
  to: number,
  groups: DecimalGroups,
): number {
  const { leadDigits, wholeGroups, fractionGroups, tailDigits } = groups;
  const flip = source.getUint8(start) < SIGN ? -1 : 0;
  let at = to;
  let from = start;
  let sign = SIGN;
  let value = 0;
  if (flip !== 0) out.setUint8(at++, MINUS);
  if (leadDigits > 0) {
    value = shortGroup(source, from, leadDigits, flip, sign);
    from += bytesOf(leadDigits);
    sign = 0;
  }
  let begun = value !== 0;
  if (begun || wholeGroups === 0) at = putUnsigned(out, at, value);
  for (let group = 0; group < wholeGroups; group += 1) {
    value = fullGroup(source, from, flip ^ (sign << 24));
    from += GROUP_BYTES;
    sign = 0;
    if (begun) at = putPadded(out, at, value, GROUP_DIGITS);
    else if (value !== 0 || group === wholeGroups - 1) {
      at = putUnsigned(out, at, value);
      begun = true;
    }
  }
  if (fractionGroups + tailDigits === 0) return at;
  out.setUint8(at++, POINT);
  for (let group = 0; group < fractionGroups; group += 1) {
    at = putPadded(out, at, fullGroup(source, from, flip ^ (sign << 24)), GROUP_DIGITS);
    from += GROUP_BYTES;
    sign = 0;
  }
  if (tailDigits === 0) return at;
  return putPadded(out, at, shortGroup(source, from, tailDigits, flip, sign), tailDigits);
}
