// DECIMAL's packed digits (../../columns/decimal.ts has the layout) as text.
import { giveUp, POWERS } from './memory';
import { putPadded, putU32 } from './numbers';

/** Bytes of a group of 0 to 9 digits. */
@inline
function bytesOf(digits: u32): u32 {
  return digits == 9 ? 4 : (digits + 1) >> 1;
}

/** Big-endian, without the sign bits: `flip` is -1 for a negative number, else 0; `sign` 0x80 in the first group. */
function groupAt(from: usize, digits: u32, flip: u32, sign: u32): u32 {
  let value: u32;
  if (digits <= 2) value = (<u32>load<u8>(from) ^ flip ^ sign) & 0xff;
  else if (digits <= 4) value = (<u32>bswap<u16>(load<u16>(from)) ^ flip ^ (sign << 8)) & 0xffff;
  else if (digits <= 6) {
    const bits = (<u32>load<u8>(from) << 16) | <u32>bswap<u16>(load<u16>(from, 1));
    value = (bits ^ flip ^ (sign << 16)) & 0xff_ffff;
  } else value = bswap<u32>(load<u32>(from)) ^ flip ^ (sign << 24);
  // no more than its digits can say
  if (<f64>value >= load<f64>(POWERS + (digits << 3))) giveUp();
  return value;
}

/** `groups`: digits of the short group before the point, full groups, full groups and digits behind it, a byte each. */
export function putDecimal(start: usize, to: usize, groups: u32): usize {
  const leadDigits = groups & 0xff;
  const wholeGroups = (groups >> 8) & 0xff;
  const fractionGroups = (groups >> 16) & 0xff;
  const tailDigits = groups >> 24;
  const flip: u32 = load<u8>(start) < 0x80 ? 0xffff_ffff : 0;
  let at = to;
  let from = start;
  let sign: u32 = 0x80;
  let value: u32 = 0;
  if (flip != 0) store<u8>(at++, 0x2d);
  if (leadDigits > 0) {
    value = groupAt(from, leadDigits, flip, sign);
    from += bytesOf(leadDigits);
    sign = 0;
  }
  let begun = value != 0;
  if (begun || wholeGroups == 0) at = putU32(at, value);
  for (let group: u32 = 0; group < wholeGroups; group++) {
    value = groupAt(from, 9, flip, sign);
    from += 4;
    sign = 0;
    if (begun) at = putPadded(at, value, 9);
    else if (value != 0 || group == wholeGroups - 1) {
      at = putU32(at, value);
      begun = true;
    }
  }
  if (fractionGroups + tailDigits == 0) return at;
  store<u8>(at++, 0x2e);
  for (let group: u32 = 0; group < fractionGroups; group++) {
    at = putPadded(at, groupAt(from, 9, flip, sign), 9);
    from += 4;
    sign = 0;
  }
  return tailDigits == 0 ? at : putPadded(at, groupAt(from, tailDigits, flip, sign), tailDigits);
}

/** The same by precision and scale, as JSON documents say it; its bytes are checked against `length`. */
export function putDecimalOf(start: usize, length: u32, precision: u32, scale: u32, to: usize): usize {
  if (precision == 0 || precision > 65 || scale > 30 || scale > precision) giveUp();
  const integer = precision - scale;
  const wholeGroups = integer / 9;
  const fractionGroups = scale / 9;
  const leadDigits = integer - wholeGroups * 9;
  const tailDigits = scale - fractionGroups * 9;
  if (bytesOf(leadDigits) + 4 * (wholeGroups + fractionGroups) + bytesOf(tailDigits) != length) giveUp();
  return putDecimal(start, to, leadDigits | (wholeGroups << 8) | (fractionGroups << 16) | (tailDigits << 24));
}
