// Text as the inside of a JSON string (RFC 8259, section 7, in the form of JSON.stringify), and base64 (RFC 4648).
import { BASE64, giveUp, HEX, SHORT } from './memory';

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;

/** Those of sixteen bytes that have to be escaped. */
@inline
function toEscape(bytes: v128): v128 {
  const control = i8x16.lt_u(bytes, i8x16.splat(0x20));
  const quote = i8x16.eq(bytes, i8x16.splat(0x22));
  const backslash = i8x16.eq(bytes, i8x16.splat(0x5c));
  return v128.or(control, v128.or(quote, backslash));
}

/** Sixteen bytes of which none has to be escaped. */
@inline
function isPlain16(bytes: v128): bool {
  return !v128.any_true(toEscape(bytes));
}

/** A bit for each of so many bytes, up to 15. */
@inline
function first(count: usize): i32 {
  return (1 << <i32>count) - 1;
}

function putEscaped(to: usize, code: u32): usize {
  store<u8>(to, 0x5c);
  const short: u32 = code < 32 ? load<u8>(SHORT + code) : code;
  if (short != 0) {
    store<u8>(to, short, 1);
    return to + 2;
  }
  store<u32>(to, 0x3030_755c);
  store<u8>(to, 0x30, 3);
  store<u8>(to, load<u8>(HEX + (code >> 4)), 4);
  store<u8>(to, load<u8>(HEX + (code & 15)), 5);
  return to + 6;
}

@inline
function isTrail(byte: u32): bool {
  return (byte & 0xc0) == 0x80;
}

/** Well-formed UTF-8 (RFC 3629), or giveUp. */
function checkUtf8(from: usize, end: usize): void {
  let at = from;
  while (at < end) {
    while (at + 8 <= end && (load<u64>(at) & 0x8080_8080_8080_8080) == 0) at += 8;
    if (at >= end) return;
    const first: u32 = load<u8>(at);
    if (first < 0x80) {
      at++;
      continue;
    }
    const second: u32 = at + 1 < end ? load<u8>(at, 1) : 0;
    if (first < 0xc2 || !isTrail(second)) giveUp();
    if (first < 0xe0) {
      at += 2;
      continue;
    }
    if (at + 2 >= end || !isTrail(load<u8>(at, 2))) giveUp();
    if (first < 0xf0) {
      if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) giveUp();
      at += 3;
      continue;
    }
    if (first > 0xf4 || at + 3 >= end || !isTrail(load<u8>(at, 3))) giveUp();
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) giveUp();
    at += 4;
  }
}

/** UTF-8; up to 15 bytes behind the text are written as well, for what comes next to write over. */
export function putUtf8(from: usize, length: u32, to: usize): usize {
  const end = from + length;
  let read = from;
  let at = to;
  let seen = i64x2.splat(0);
  let high: u32 = 0;
  while (read < end) {
    while (read + 16 <= end) {
      const bytes = v128.load(read);
      if (!isPlain16(bytes)) break;
      seen = v128.or(seen, bytes);
      v128.store(at, bytes);
      read += 16;
      at += 16;
    }
    const left = end - read;
    if (left < 16) {
      // the bytes behind the text are there to be read, and those that are written too much are written over
      const bytes = v128.load(read);
      if ((i8x16.bitmask(toEscape(bytes)) & first(left)) == 0) {
        v128.store(at, bytes);
        high |= (i8x16.bitmask(bytes) & first(left)) != 0 ? 0x80 : 0;
        at += left;
        break;
      }
    }
    // what is left of it, up to what has to be escaped
    const stop = min(end, read + 16);
    while (read < stop) {
      const code: u32 = load<u8>(read++);
      high |= code;
      if (code >= 32 && code != QUOTE && code != BACKSLASH) store<u8>(at++, <u8>code);
      else at = putEscaped(at, code);
    }
  }
  if ((high & 0x80) != 0 || i8x16.bitmask(seen) != 0) checkUtf8(from, end);
  return at;
}

/** One byte a character; `table`: by the byte, length and bytes of its UTF-8 form, lowest first, as length << 24 | bytes. */
export function putSingleByte(from: usize, length: u32, to: usize, table: usize): usize {
  const end = from + length;
  let read = from;
  let at = to;
  while (read < end) {
    while (read + 16 <= end) {
      const bytes = v128.load(read);
      if (!isPlain16(bytes) || i8x16.bitmask(bytes) != 0) break;
      v128.store(at, bytes);
      read += 16;
      at += 16;
    }
    const left = end - read;
    if (left < 16) {
      const bytes = v128.load(read);
      if (((i8x16.bitmask(toEscape(bytes)) | i8x16.bitmask(bytes)) & first(left)) == 0) {
        v128.store(at, bytes);
        at += left;
        break;
      }
    }
    const stop = min(end, read + 16);
    while (read < stop) {
      const code: u32 = load<u8>(read++);
      if (code >= 0x80) {
        const entry = load<u32>(table + (code << 2));
        store<u32>(at, entry);
        at += entry >> 24;
      } else if (code >= 32 && code != QUOTE && code != BACKSLASH) store<u8>(at++, <u8>code);
      else at = putEscaped(at, code);
    }
  }
  return at;
}

/** How many bytes a text grows by as the inside of a JSON string. */
export function escapeGrowth(from: usize, length: u32): u32 {
  const end = from + length;
  let growth: u32 = 0;
  let read = from;
  while (read < end) {
    while (read + 16 <= end && isPlain16(v128.load(read))) read += 16;
    const stop = min(end, read + 16);
    while (read < stop) {
      const code: u32 = load<u8>(read++);
      if (code < 32) growth += load<u8>(SHORT + code) == 0 ? 5 : 1;
      else if (code == QUOTE || code == BACKSLASH) growth += 1;
    }
  }
  return growth;
}

@inline
function putFour(at: usize, three: u32): void {
  store<u8>(at, load<u8>(BASE64 + (three >> 18)));
  store<u8>(at, load<u8>(BASE64 + ((three >> 12) & 63)), 1);
  store<u8>(at, load<u8>(BASE64 + ((three >> 6) & 63)), 2);
  store<u8>(at, load<u8>(BASE64 + (three & 63)), 3);
}

@inline
function byteAt(at: usize, end: usize): u32 {
  return at < end ? load<u8>(at) : 0;
}

/** Base64 of `length` bytes, with zeros behind them up to `whole`. */
export function putBase64(from: usize, length: u32, whole: u32, to: usize): usize {
  const end = from + length;
  const stop = from + max(length, whole);
  let read = from;
  let at = to;
  for (; read + 3 <= end; read += 3, at += 4) {
    putFour(at, (<u32>load<u8>(read) << 16) | (<u32>load<u8>(read, 1) << 8) | <u32>load<u8>(read, 2));
  }
  for (; read + 3 <= stop; read += 3, at += 4) {
    putFour(at, (byteAt(read, end) << 16) | (byteAt(read + 1, end) << 8) | byteAt(read + 2, end));
  }
  const left = stop - read;
  if (left == 0) return at;
  putFour(at, (byteAt(read, end) << 16) | (left == 2 ? byteAt(read + 1, end) << 8 : 0));
  if (left == 1) store<u8>(at, 0x3d, 2);
  store<u8>(at, 0x3d, 3);
  return at + 4;
}
