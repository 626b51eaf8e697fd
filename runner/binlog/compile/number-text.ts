/**
 * Numbers as ASCII digits, written into an output buffer. Each function takes where to write and returns where
 * the next byte goes; the caller has made room. Hot: nothing is allocated.
 */

/** The two digits of 0 to 99 as they lie in memory, first digit first. */
const PAIRS = new Uint16Array(100);
for (let n = 0; n < 100; n += 1) PAIRS[n] = (0x30 + Math.floor(n / 10)) | ((0x30 + (n % 10)) << 8);

const ZERO = 0x30;
const MINUS = 0x2d;

/** 0 to 99, two digits. */
export function put2(out: DataView, at: number, value: number): number {
  out.setUint16(at, PAIRS[value] ?? 0, true);
  return at + 2;
}

/** 0 to 9999, four digits. */
export function put4(out: DataView, at: number, value: number): number {
  const high = (value / 100) | 0;
  out.setUint16(at, PAIRS[high] ?? 0, true);
  out.setUint16(at + 2, PAIRS[value - high * 100] ?? 0, true);
  return at + 4;
}

/** 0 to 99,999,999, eight digits. */
export function put8(out: DataView, at: number, value: number): number {
  const high = (value / 10_000) | 0;
  put4(out, at, high);
  put4(out, at + 4, value - high * 10_000);
  return at + 8;
}

/** `digits` digits of a value that has no more; up to 9. */
export function putPadded(out: DataView, at: number, value: number, digits: number): number {
  if (digits >= 8) {
    if (digits === 8) return put8(out, at, value);
    const first = (value / 100_000_000) | 0;
    out.setUint8(at, ZERO + first);
    return put8(out, at + 1, value - first * 100_000_000);
  }
  let place = at + digits;
  let rest = value;
  for (; place - at >= 2; place -= 2) {
    const next = (rest / 100) | 0;
    out.setUint16(place - 2, PAIRS[rest - next * 100] ?? 0, true);
    rest = next;
  }
  if (place > at) out.setUint8(at, ZERO + rest);
  return at + digits;
}

function digitsOf(value: number): number {
  if (value < 10_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1000 ? 3 : 4;
  }
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  return value < 10_000_000 ? 7 : 8;
}

/** 0 to 99,999,999, as many digits as it has. */
function putSmall(out: DataView, at: number, value: number): number {
  const end = at + digitsOf(value);
  let place = end;
  let rest = value;
  while (rest >= 100) {
    const next = (rest / 100) | 0;
    place -= 2;
    out.setUint16(place, PAIRS[rest - next * 100] ?? 0, true);
    rest = next;
  }
  if (rest >= 10) out.setUint16(place - 2, PAIRS[rest] ?? 0, true);
  else out.setUint8(place - 1, ZERO + rest);
  return end;
}

/** A whole number from 0 to 2^53. */
export function putUnsigned(out: DataView, at: number, value: number): number {
  if (value < 100_000_000) return putSmall(out, at, value);
  const high = Math.floor(value / 100_000_000);
  return put8(out, putUnsigned(out, at, high), value - high * 100_000_000);
}

/** A whole number from -2^53 to 2^53. */
export function putInteger(out: DataView, at: number, value: number): number {
  if (value >= 0) return putUnsigned(out, at, value);
  out.setUint8(at, MINUS);
  return putUnsigned(out, at + 1, -value);
}

/** Text of ASCII characters only. */
export function putAscii(out: DataView, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) out.setUint8(at + i, text.charCodeAt(i));
  return at + text.length;
}

const TWO_32 = 4_294_967_296;
/** The high half of 2^53. */
const EXACT_HIGH = 0x20_0000;

/** Eight bytes, little-endian, without a sign. */
export function putUint64(source: DataView, from: number, out: DataView, at: number): number {
  const high = source.getUint32(from + 4, true);
  if (high < EXACT_HIGH) return putUnsigned(out, at, high * TWO_32 + source.getUint32(from, true));
  return putAscii(out, at, source.getBigUint64(from, true).toString());
}

export function putInt64(source: DataView, from: number, out: DataView, at: number): number {
  const high = source.getInt32(from + 4, true);
  if (high >= -EXACT_HIGH && high < EXACT_HIGH) {
    return putInteger(out, at, high * TWO_32 + source.getUint32(from, true));
  }
  return putAscii(out, at, source.getBigInt64(from, true).toString());
}
