/**
 * Text as the inside of a JSON string: one scan that copies four bytes at a time and stops only at what has to be
 * escaped (RFC 8259, section 7, in the form of JSON.stringify) or is not ASCII. The caller has made room for six
 * bytes a byte.
 */
import { maxBytesPerCharacter, textDecoder } from '../charset.ts';
import { GIVE_UP, type RowState } from './state.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HIGH_BITS = 0x8080_8080 | 0;

/** What stands behind the backslash for the characters that have a short form; 0: \u00xx. */
const SHORT = new Uint8Array(32);
for (const [code, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
] as const) {
  SHORT[code] = letter.charCodeAt(0);
}
const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

function putEscaped(target: Uint8Array, at: number, code: number): number {
  target[at] = BACKSLASH;
  const short = code < 32 ? (SHORT[code] ?? 0) : code;
  if (short !== 0) {
    target[at + 1] = short;
    return at + 2;
  }
  target[at + 1] = 0x75;
  target[at + 2] = 0x30;
  target[at + 3] = 0x30;
  target[at + 4] = HEX[code >> 4] ?? 0;
  target[at + 5] = HEX[code & 15] ?? 0;
  return at + 6;
}

const isPlain = (code: number): boolean => code >= 32 && code !== QUOTE && code !== BACKSLASH;

/**
 * Bits set where one of four bytes is a control character, a quote or a backslash. With its second bit turned a quote
 * lies right above the control characters, and nothing else comes to lie below it: one comparison finds both.
 */
function specials(four: number): number {
  const turned = four ^ 0x0202_0202;
  const backslashes = four ^ 0x5c5c_5c5c;
  return (((turned - 0x2121_2121) & ~turned) | ((backslashes - 0x0101_0101) & ~backslashes)) & HIGH_BITS;
}

const isTrail = (byte: number | undefined): boolean => ((byte ?? 0) & 0xc0) === 0x80;

/** The length of the well-formed character that begins with a byte above 0x7f (RFC 3629); 0: it is not one. */
function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0xc2) return 0;
  const second = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
  if (!isTrail(second)) return 0;
  if (first < 0xe0) return 2;
  if (at + 2 >= end || !isTrail(bytes[at + 2])) return 0;
  if (first < 0xf0) {
    const overlong = first === 0xe0 && second < 0xa0;
    const surrogate = first === 0xed && second > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (first > 0xf4 || at + 3 >= end || !isTrail(bytes[at + 3])) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : 4;
}

function checkUtf8(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end; ) {
    const length = (bytes[at] ?? 0) < 0x80 ? 1 : characterLength(bytes, at, end);
    if (length === 0) throw GIVE_UP;
    at += length;
  }
}

/** UTF-8 of `length` bytes at `from`; returns where the next byte goes. Text that is not well formed: GIVE_UP. */
export function putUtf8(state: RowState, from: number, length: number, to: number): number {
  const { bytes, source, target, out } = state;
  const end = from + length;
  const lastEight = end - 8;
  const lastFour = end - 4;
  let at = to;
  let read = from;
  let seen = 0;
  while (read < end) {
    while (read <= lastEight) {
      const four = source.getInt32(read, true);
      const next = source.getInt32(read + 4, true);
      if ((specials(four) | specials(next)) !== 0) break;
      seen |= four | next;
      out.setInt32(at, four, true);
      out.setInt32(at + 4, next, true);
      read += 8;
      at += 8;
    }
    if (read <= lastFour) {
      const four = source.getInt32(read, true);
      if (specials(four) === 0) {
        seen |= four;
        out.setInt32(at, four, true);
        read += 4;
        at += 4;
        continue;
      }
    }
    if (read >= end) break;
    const code = bytes[read] ?? 0;
    read += 1;
    seen |= code;
    if (isPlain(code)) target[at++] = code;
    else at = putEscaped(target, at, code);
  }
  if ((seen & HIGH_BITS) !== 0) checkUtf8(bytes, from, end);
  return at;
}

/** How many bytes the text grows by as the inside of a JSON string: what makes room for a large value exactly. */
export function escapeGrowth(bytes: Uint8Array, from: number, end: number): number {
  let growth = 0;
  for (let at = from; at < end; at += 1) {
    const code = bytes[at] ?? 0;
    if (code < 32) growth += SHORT[code] === 0 ? 5 : 1;
    else if (code === QUOTE || code === BACKSLASH) growth += 1;
  }
  return growth;
}

/** By the byte: length and bytes of its UTF-8 form, lowest first, as length << 24 | bytes. */
export type SingleByteTable = Int32Array;

/** null where the character set is not one byte a character, or not ASCII below 0x80. */
export function singleByteTable(charset: string): SingleByteTable | null {
  if (maxBytesPerCharacter(charset) > 1) return null;
  const decode = textDecoder(charset);
  const table = new Int32Array(256);
  for (let code = 0; code < 256; code += 1) {
    const text = decode(Buffer.of(code), 0, 1);
    const utf8 = Buffer.from(text, 'utf8');
    if ([...text].length !== 1 || utf8.length > 3 || (code < 0x80 && utf8[0] !== code)) return null;
    table[code] = (utf8.length << 24) | utf8.readUIntLE(0, utf8.length);
  }
  return table;
}

/** Text in a character set of one byte a character. */
export function putSingleByte(
  state: RowState,
  from: number,
  length: number,
  to: number,
  table: SingleByteTable,
): number {
  const { bytes, source, target, out } = state;
  const end = from + length;
  const lastFour = end - 4;
  let at = to;
  let read = from;
  while (read < end) {
    if (read <= lastFour) {
      const four = source.getInt32(read, true);
      if ((specials(four) | (four & HIGH_BITS)) === 0) {
        out.setInt32(at, four, true);
        read += 4;
        at += 4;
        continue;
      }
    }
    const code = bytes[read] ?? 0;
    read += 1;
    if (code >= 0x80) {
      const entry = table[code] ?? 0;
      // the fourth byte is written over by what follows
      out.setInt32(at, entry, true);
      at += entry >> 24;
    } else if (isPlain(code)) target[at++] = code;
    else at = putEscaped(target, at, code);
  }
  return at;
}

const BASE64 = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', (digit) =>
  digit.charCodeAt(0),
);
const PADDING = 0x3d;

/** Base64 (RFC 4648) of `length` bytes at `from`, with zeros behind them up to `whole`. */
export function putBase64(state: RowState, from: number, length: number, whole: number, to: number): number {
  const { bytes, target } = state;
  const end = from + length;
  const byteAt = (place: number): number => (place < end ? (bytes[place] ?? 0) : 0);
  const stop = from + Math.max(length, whole);
  let at = to;
  let read = from;
  for (; read + 3 <= stop; read += 3) {
    const three = (byteAt(read) << 16) | (byteAt(read + 1) << 8) | byteAt(read + 2);
    target[at] = BASE64[three >> 18] ?? 0;
    target[at + 1] = BASE64[(three >> 12) & 63] ?? 0;
    target[at + 2] = BASE64[(three >> 6) & 63] ?? 0;
    target[at + 3] = BASE64[three & 63] ?? 0;
    at += 4;
  }
  const left = stop - read;
  if (left === 0) return at;
  const three = (byteAt(read) << 16) | (left === 2 ? byteAt(read + 1) << 8 : 0);
  target[at] = BASE64[three >> 18] ?? 0;
  target[at + 1] = BASE64[(three >> 12) & 63] ?? 0;
  target[at + 2] = left === 2 ? (BASE64[(three >> 6) & 63] ?? 0) : PADDING;
  target[at + 3] = PADDING;
  return at + 4;
}
