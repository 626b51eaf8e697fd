/**
 * Binary JSON (columns/json-layout.ts has the layout) as JSON text, straight into the output. What is
 * damaged is left to the interpreted path.
 */
import { COLUMN_TYPE } from '../column-types.ts';
import { doubleJsonText } from '../columns/double-text.ts';
import { JSON_TYPE, JsonDocument } from '../columns/json-layout.ts';
import { scalarText } from '../columns/json-scalar.ts';
import { type DecimalGroups, decimalGroups, putDecimal } from './decimal-text.ts';
import { putAscii, putInt64, putInteger, putUint64, putUnsigned } from './number-text.ts';
import { GIVE_UP, type RowState } from './state.ts';
import { putUtf8 } from './string-text.ts';

const DEPTH_MAX = 100;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const NULL_TEXT = 0x6c6c_756e;
const TRUE_TEXT = 0x6575_7274;
const FALS_TEXT = 0x736c_6166;

/**
 * Room for a document's text: an inlined value of 3 bytes becomes at most `-32768,`, of 5 bytes `-2147483648,`; a
 * string or a key six bytes a byte, quotes and a separator beside its length or entry.
 */
export const jsonRoom = (length: number): number => 6 * length + 64;

/** The worst case of a larger document would take too much memory. */
const LARGE_BYTES = 4_194_304;

/** What is left to be read: damaged offsets can make values overlap, and a few bytes stand for endless text. */
let unread = 0;

function need(size: number, at: number, end: number): void {
  unread -= size;
  if (at + size > end || unread < 0) throw GIVE_UP;
}

/** A string behind its length of 7 bits a byte. */
function putString(state: RowState, from: number, end: number, to: number): number {
  const { source, target } = state;
  let length = 0;
  let at = from;
  for (let shift = 0; ; shift += 7) {
    if (shift > 28) throw GIVE_UP;
    need(1, at, end);
    const byte = source.getUint8(at);
    at += 1;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  need(length, at, end);
  target[to] = QUOTE;
  const behind = putUtf8(state, at, length, to + 1);
  target[behind] = QUOTE;
  return behind + 1;
}

function putLiteral(out: DataView, value: number, to: number): number {
  if (value === 0) out.setInt32(to, NULL_TEXT, true);
  else if (value === 1) out.setInt32(to, TRUE_TEXT, true);
  else if (value === 2) {
    out.setInt32(to, FALS_TEXT, true);
    out.setUint8(to + 4, 0x65);
    return to + 5;
  } else throw GIVE_UP;
  return to + 4;
}

function putDouble(out: DataView, value: number, to: number): number {
  if (!Number.isFinite(value)) throw GIVE_UP;
  if (Number.isInteger(value) && value > -1e9 && value < 1e9 && value !== 0) {
    const at = putInteger(out, to, value);
    out.setUint16(at, 0x302e, true);
    return at + 2;
  }
  return putAscii(out, to, doubleJsonText(value));
}

const PRECISION_MAX = 65;
const SCALE_MAX = 30;
/** By precision * 32 + scale. */
const layouts: (DecimalGroups | null)[] = new Array<null>((PRECISION_MAX + 1) * 32).fill(null);

function layoutOf(precision: number, scale: number): DecimalGroups {
  if (precision === 0 || precision > PRECISION_MAX || scale > SCALE_MAX || scale > precision) throw GIVE_UP;
  const known = layouts[precision * 32 + scale] ?? null;
  if (known !== null) return known;
  const made = decimalGroups(precision, scale);
  layouts[precision * 32 + scale] = made;
  return made;
}

/** DECIMAL inside JSON is common; other opaque values go by the interpreted path's text, which is ASCII. */
function putOpaque(state: RowState, from: number, end: number, to: number): number {
  const { bytes, source, out } = state;
  need(2, from, end);
  const length = bytes[from + 1] ?? 0;
  if (bytes[from] === COLUMN_TYPE.NEWDECIMAL && length < 0x80) {
    need(length, from + 2, end);
    const groups = layoutOf(bytes[from + 2] ?? 0, bytes[from + 3] ?? 0);
    if (length !== 2 + groups.bytes) throw GIVE_UP;
    return putDecimal(source, from + 4, out, to, groups);
  }
  const place = { type: JSON_TYPE.OPAQUE, at: 0, end: end - from };
  const text = scalarText(new JsonDocument(bytes.subarray(from, end)), place);
  // of a long value, which is base64, the bytes that it came from
  need(length < 0x80 ? length : ((text.length >> 2) - 16) * 3, from + 2, end);
  return putAscii(out, to, text);
}

function putScalar(state: RowState, type: number, from: number, end: number, to: number): number {
  const { source, out } = state;
  switch (type) {
    case JSON_TYPE.STRING:
      return putString(state, from, end, to);
    case JSON_TYPE.LITERAL:
      need(1, from, end);
      return putLiteral(out, source.getUint8(from), to);
    case JSON_TYPE.INT16:
      need(2, from, end);
      return putInteger(out, to, source.getInt16(from, true));
    case JSON_TYPE.UINT16:
      need(2, from, end);
      return putUnsigned(out, to, source.getUint16(from, true));
    case JSON_TYPE.INT32:
      need(4, from, end);
      return putInteger(out, to, source.getInt32(from, true));
    case JSON_TYPE.UINT32:
      need(4, from, end);
      return putUnsigned(out, to, source.getUint32(from, true));
    case JSON_TYPE.INT64:
      need(8, from, end);
      return putInt64(source, from, out, to);
    case JSON_TYPE.UINT64:
      need(8, from, end);
      return putUint64(source, from, out, to);
    case JSON_TYPE.DOUBLE:
      need(8, from, end);
      return putDouble(out, source.getFloat64(from, true), to);
    case JSON_TYPE.OPAQUE:
      return putOpaque(state, from, end, to);
    default:
      throw GIVE_UP;
  }
}

const numberAt = (source: DataView, at: number, width: number): number =>
  width === 2 ? source.getUint16(at, true) : source.getUint32(at, true);

/** Is the value of that type in the entry itself? */
function isInlined(type: number, width: number): boolean {
  if (type === JSON_TYPE.LITERAL || type === JSON_TYPE.INT16 || type === JSON_TYPE.UINT16) return true;
  return width === 4 && (type === JSON_TYPE.INT32 || type === JSON_TYPE.UINT32);
}

function putEntry(
  state: RowState,
  entry: number,
  base: number,
  width: number,
  end: number,
  to: number,
  depth: number,
): number {
  const { source } = state;
  const type = source.getUint8(entry);
  if (isInlined(type, width)) {
    // counted with the entries already
    const left = unread;
    unread += 8;
    const at = putScalar(state, type, entry + 1, end, to);
    unread = left;
    return at;
  }
  return putValue(state, type, base + numberAt(source, entry + 1, width), end, to, depth);
}

function putContainer(
  state: RowState,
  type: number,
  from: number,
  outerEnd: number,
  to: number,
  depth: number,
): number {
  if (depth > DEPTH_MAX) throw GIVE_UP;
  const { source, target } = state;
  const width = type === JSON_TYPE.LARGE_OBJECT || type === JSON_TYPE.LARGE_ARRAY ? 4 : 2;
  const isObject = type === JSON_TYPE.SMALL_OBJECT || type === JSON_TYPE.LARGE_OBJECT;
  need(2 * width, from, outerEnd);
  const count = numberAt(source, from, width);
  const end = from + numberAt(source, from + width, width);
  if (end > outerEnd) throw GIVE_UP;
  const keys = from + 2 * width;
  const values = keys + (isObject ? count * (width + 2) : 0);
  need(values - keys + count * (width + 1), keys, end);
  let at = to;
  target[at++] = isObject ? 0x7b : 0x5b;
  for (let i = 0; i < count; i += 1) {
    if (i > 0) target[at++] = COMMA;
    if (isObject) {
      const key = keys + i * (width + 2);
      const start = from + numberAt(source, key, width);
      const length = source.getUint16(key + width, true);
      need(length, start, end);
      target[at] = QUOTE;
      at = putUtf8(state, start, length, at + 1);
      target[at] = QUOTE;
      target[at + 1] = COLON;
      at += 2;
    }
    at = putEntry(state, values + i * (width + 1), from, width, end, at, depth + 1);
  }
  target[at] = isObject ? 0x7d : 0x5d;
  return at + 1;
}

function putValue(
  state: RowState,
  type: number,
  from: number,
  end: number,
  to: number,
  depth: number,
): number {
  return type <= JSON_TYPE.LARGE_ARRAY
    ? putContainer(state, type, from, end, to, depth)
    : putScalar(state, type, from, end, to);
}

/** The document of `length` bytes at `from`; the caller has made room (jsonRoom). */
export function putJson(state: RowState, from: number, length: number, to: number): number {
  if (length === 0) {
    state.out.setInt32(to, NULL_TEXT, true);
    return to + 4;
  }
  if (length > LARGE_BYTES) throw GIVE_UP;
  unread = length - 1;
  return putValue(state, state.source.getUint8(from), from + 1, from + length, to, 1);
}
