/** DECIMAL's packed digits (columns/decimal.ts has the layout) as text, digit by digit. */
import { putPadded, putUnsigned } from './number-text.ts';
import { GIVE_UP } from './state.ts';

export interface DecimalGroups {
  readonly bytes: number;
  /** Digits of each group: those before the point, then those behind it. */
  readonly whole: readonly number[];
  readonly fraction: readonly number[];
}

const GROUP_DIGITS = 9;
const DIGIT_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

export function decimalGroups(precision: number, scale: number): DecimalGroups {
  const integer = precision - scale;
  const full = (digits: number): number[] =>
    new Array<number>(Math.floor(digits / GROUP_DIGITS)).fill(GROUP_DIGITS);
  const whole = [integer % GROUP_DIGITS, ...full(integer)].filter((digits) => digits > 0);
  const fraction = [...full(scale), scale % GROUP_DIGITS].filter((digits) => digits > 0);
  const bytes = [...whole, ...fraction].reduce((sum, digits) => sum + (DIGIT_BYTES[digits] ?? 4), 0);
  return { bytes, whole, fraction };
}

const LIMITS = [
  1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
] as const;

/** A group's value: no more than its digits can say. */
function checked(value: number, digits: number): number {
  if (value >= (LIMITS[digits] ?? 0)) throw GIVE_UP;
  return value;
}

/** A group without its sign bits: `flip` is -1 for a negative number, else 0. */
function groupAt(source: DataView, from: number, digits: number, flip: number, first: boolean): number {
  switch (DIGIT_BYTES[digits]) {
    case 1:
      return (source.getUint8(from) ^ flip ^ (first ? 0x80 : 0)) & 0xff;
    case 2:
      return (source.getUint16(from) ^ flip ^ (first ? 0x8000 : 0)) & 0xffff;
    case 3:
      return (
        (((source.getUint8(from) << 16) | source.getUint16(from + 1)) ^ flip ^ (first ? 0x80_0000 : 0)) &
        0xff_ffff
      );
    default:
      return (source.getInt32(from) ^ flip ^ (first ? 0x8000_0000 : 0)) >>> 0;
  }
}

export function putDecimal(
  source: DataView,
  start: number,
  out: DataView,
  to: number,
  groups: DecimalGroups,
): number {
  const negative = (source.getUint8(start) & 0x80) === 0;
  const flip = negative ? -1 : 0;
  const { whole, fraction } = groups;
  let at = to;
  let from = start;
  let leading = true;
  if (negative) out.setUint8(at++, 0x2d);
  for (let i = 0; i < whole.length; i += 1) {
    const digits = whole[i] ?? 0;
    const value = checked(groupAt(source, from, digits, flip, from === start), digits);
    from += DIGIT_BYTES[digits] ?? 4;
    if (!leading) at = putPadded(out, at, value, digits);
    else if (value !== 0) {
      at = putUnsigned(out, at, value);
      leading = false;
    }
  }
  if (leading) out.setUint8(at++, 0x30);
  if (fraction.length > 0) out.setUint8(at++, 0x2e);
  for (let i = 0; i < fraction.length; i += 1) {
    const digits = fraction[i] ?? 0;
    const value = checked(groupAt(source, from, digits, flip, from === start), digits);
    at = putPadded(out, at, value, digits);
    from += DIGIT_BYTES[digits] ?? 4;
  }
  return at;
}
