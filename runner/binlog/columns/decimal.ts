/**
 * DECIMAL(p,s): groups of nine decimal digits as big-endian integers of 4 bytes; the digits left over before the
 * first and behind the last group in 1 to 4 bytes. The sign bit (first bit) is inverted: set = positive; of a
 * negative number all bytes are. MySQL manual, "DECIMAL Data Type Characteristics"; strings/decimal.cc.
 */
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, take } from './cursor.ts';

const GROUP_DIGITS = 9;
/** Bytes of 0 to 9 digits. */
const DIGIT_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;
const digitBytes = (digits: number): number => DIGIT_BYTES[digits] ?? 4;

/** The digits of each group, in order: what is left over before, whole groups, what is left over behind. */
function groupsOf(precision: number, scale: number): { readonly digits: number; readonly bytes: number }[] {
  const whole = precision - scale;
  const digits = [
    whole % GROUP_DIGITS,
    ...new Array<number>(Math.floor(whole / GROUP_DIGITS) + Math.floor(scale / GROUP_DIGITS)).fill(
      GROUP_DIGITS,
    ),
    scale % GROUP_DIGITS,
  ];
  return digits.filter((count) => count > 0).map((count) => ({ digits: count, bytes: digitBytes(count) }));
}

/** Reads the text of the decimal that begins at an offset: all digits of its scale, no leading zeros. */
export interface DecimalLayout {
  readonly bytes: number;
  readonly read: (buffer: Buffer, at: number) => string;
}

export function decimalLayout(precision: number, scale: number): DecimalLayout {
  const groups = groupsOf(precision, scale);
  const size = groups.reduce((sum, group) => sum + group.bytes, 0);
  const read = (buffer: Buffer, start: number): string => {
    const negative = (buffer.readUInt8(start) & 0x80) === 0;
    let at = start;
    let text = '';
    for (const { digits, bytes } of groups) {
      let value = buffer.readUIntBE(at, bytes);
      if (at === start) value ^= 0x80 << (8 * (bytes - 1));
      if (negative) value = ~value;
      // the operators above work on signed 32 bits
      value = (value & (0xffff_ffff >>> (32 - 8 * bytes))) >>> 0;
      text += String(value).padStart(digits, '0');
      at += bytes;
    }
    const whole = text.slice(0, text.length - scale).replace(/^0+(?=\d)/, '');
    const fraction = scale === 0 ? '' : `.${text.slice(text.length - scale)}`;
    return `${negative ? '-' : ''}${whole === '' ? '0' : whole}${fraction}`;
  };
  return { bytes: size, read };
}

export function decimalReader(column: ColumnShape): ReadValue {
  const { bytes, read } = decimalLayout(column.precision, column.scale);
  return (c) => read(c.bytes, take(c, bytes));
}
