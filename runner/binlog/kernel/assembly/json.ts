// Binary JSON (../../columns/json-layout.ts has the layout) as JSON text. What is damaged is left to the interpreted path.
import { putDecimalOf } from './decimal';
import { giveUp, putOpaqueOutside } from './memory';
import { putI32, putI64, putJsonDouble, putU32, putU64 } from './numbers';
import { putUtf8 } from './text';

const DEPTH_MAX: u32 = 100;
const NEWDECIMAL: u32 = 246;

const LARGE_OBJECT: u32 = 1;
const LARGE_ARRAY: u32 = 3;
const LITERAL: u32 = 4;
const INT16: u32 = 5;
const UINT16: u32 = 6;
const INT32: u32 = 7;
const UINT32: u32 = 8;
const INT64: u32 = 9;
const UINT64: u32 = 10;
const DOUBLE: u32 = 11;
const STRING: u32 = 12;
const OPAQUE: u32 = 15;

/** What is left to be read: damaged offsets can make values overlap, and a few bytes stand for endless text. */
let unread: i32 = 0;

@inline
function need(size: u32, at: usize, end: usize): void {
  unread -= <i32>size;
  if (<u64>at + <u64>size > <u64>end || unread < 0) giveUp();
}

/** A string behind its length of 7 bits a byte. */
function putString(from: usize, end: usize, to: usize): usize {
  let length: u64 = 0;
  let at = from;
  for (let shift: u32 = 0; ; shift += 7) {
    if (shift > 28) giveUp();
    need(1, at, end);
    const byte: u32 = load<u8>(at++);
    length |= <u64>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (length > 0x7fff_ffff) giveUp();
  need(<u32>length, at, end);
  store<u8>(to, 0x22);
  const behind = putUtf8(at, <u32>length, to + 1);
  store<u8>(behind, 0x22);
  return behind + 1;
}

function putLiteral(value: u32, to: usize): usize {
  if (value == 0) store<u32>(to, 0x6c6c_756e);
  else if (value == 1) store<u32>(to, 0x6575_7274);
  else {
    if (value != 2) giveUp();
    store<u32>(to, 0x736c_6166);
    store<u8>(to, 0x65, 4);
    return to + 5;
  }
  return to + 4;
}

/** DECIMAL inside JSON is common; the text of other opaque values is made outside. */
function putOpaque(from: usize, end: usize, to: usize): usize {
  need(2, from, end);
  const length: u32 = load<u8>(from, 1);
  if (load<u8>(from) == NEWDECIMAL && length < 0x80) {
    need(length, from + 2, end);
    if (length < 2) giveUp();
    return putDecimalOf(from + 4, length - 2, load<u8>(from, 2), load<u8>(from, 3), to);
  }
  if (length >= 0x80) giveUp();
  need(length, from + 2, end);
  return putOpaqueOutside(from, end, to);
}

function putScalar(type: u32, from: usize, end: usize, to: usize): usize {
  if (type == STRING) return putString(from, end, to);
  switch (type) {
    case LITERAL:
      need(1, from, end);
      return putLiteral(load<u8>(from), to);
    case INT16:
      need(2, from, end);
      return putI32(to, load<i16>(from));
    case UINT16:
      need(2, from, end);
      return putU32(to, load<u16>(from));
    case INT32:
      need(4, from, end);
      return putI32(to, load<i32>(from));
    case UINT32:
      need(4, from, end);
      return putU32(to, load<u32>(from));
    case INT64:
      need(8, from, end);
      return putI64(to, load<i64>(from));
    case UINT64:
      need(8, from, end);
      return putU64(to, load<u64>(from));
    case DOUBLE:
      need(8, from, end);
      return putJsonDouble(to, load<f64>(from));
    case OPAQUE:
      return putOpaque(from, end, to);
    default:
      giveUp();
      return to;
  }
}

@inline
function numberAt(at: usize, width: u32): u32 {
  return width == 2 ? <u32>load<u16>(at) : load<u32>(at);
}

/** Is the value of that type in the entry itself? */
@inline
function isInlined(type: u32, width: u32): bool {
  if (type >= LITERAL && type <= UINT16) return true;
  return width == 4 && (type == INT32 || type == UINT32);
}

function putEntry(entry: usize, base: usize, width: u32, end: usize, to: usize, depth: u32): usize {
  const type: u32 = load<u8>(entry);
  if (isInlined(type, width)) {
    // counted with the entries already
    const left = unread;
    unread += 8;
    const at = putScalar(type, entry + 1, end, to);
    unread = left;
    return at;
  }
  const offset = numberAt(entry + 1, width);
  if (<u64>base + <u64>offset > <u64>end) giveUp();
  return putValue(type, base + offset, end, to, depth);
}

function putContainer(type: u32, from: usize, outerEnd: usize, to: usize, depth: u32): usize {
  if (depth > DEPTH_MAX) giveUp();
  const width: u32 = type == LARGE_OBJECT || type == LARGE_ARRAY ? 4 : 2;
  const isObject = type <= LARGE_OBJECT;
  need(2 * width, from, outerEnd);
  const count = numberAt(from, width);
  const size = numberAt(from + width, width);
  if (<u64>from + <u64>size > <u64>outerEnd) giveUp();
  const end = from + size;
  const keys = from + 2 * width;
  // more entries than bytes would not fit a number of 32 bits below
  if (count > size) giveUp();
  const keyBytes = isObject ? <u64>count * (width + 2) : 0;
  const entryBytes = keyBytes + <u64>count * (width + 1);
  if (entryBytes > <u64>size) giveUp();
  need(<u32>entryBytes, keys, end);
  const values = keys + <usize>keyBytes;
  let at = to;
  store<u8>(at++, isObject ? 0x7b : 0x5b);
  for (let i: u32 = 0; i < count; i++) {
    if (i > 0) store<u8>(at++, 0x2c);
    if (isObject) {
      const key = keys + i * (width + 2);
      const offset = numberAt(key, width);
      const length: u32 = load<u16>(key + width);
      if (offset > size) giveUp();
      need(length, from + offset, end);
      store<u8>(at, 0x22);
      at = putUtf8(from + offset, length, at + 1);
      store<u16>(at, 0x3a22);
      at += 2;
    }
    at = putEntry(values + i * (width + 1), from, width, end, at, depth + 1);
  }
  store<u8>(at, isObject ? 0x7d : 0x5d);
  return at + 1;
}

function putValue(type: u32, from: usize, end: usize, to: usize, depth: u32): usize {
  return type <= LARGE_ARRAY
    ? putContainer(type, from, end, to, depth)
    : putScalar(type, from, end, to);
}

/** The document of `length` bytes; there is room for six bytes a byte and 64 more. */
export function putJson(from: usize, length: u32, to: usize): usize {
  if (length == 0) {
    store<u32>(to, 0x6c6c_756e);
    return to + 4;
  }
  unread = <i32>length - 1;
  return putValue(load<u8>(from), from + 1, from + length, to, 1);
}
