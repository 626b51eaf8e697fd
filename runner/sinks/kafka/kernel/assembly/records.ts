// The records of a batch; ../../records/records-builder.ts is its twin and has the layout.
import { CALL, INDEX, NO_KEY, ORDER } from './memory';

@inline
function sizeOf(zigzag: u32): u32 {
  // seven bits a byte
  return (38 - clz(zigzag | 1)) / 7;
}

@inline
function putVarint(to: usize, zigzag: u32): usize {
  let at = to;
  let rest = zigzag;
  while (rest >= 0x80) {
    store<u8>(at++, rest | 0x80);
    rest >>= 7;
  }
  store<u8>(at, rest);
  return at + 1;
}

/** Writes up to 15 bytes too much. */
@inline
function put(from: usize, end: usize, to: usize): usize {
  const behind = to + (end - from);
  let at = to;
  let source = from;
  for (; source + 48 < end; source += 64, at += 64) {
    v128.store(at, v128.load(source));
    v128.store(at, v128.load(source, 16), 16);
    v128.store(at, v128.load(source, 32), 32);
    v128.store(at, v128.load(source, 48), 48);
  }
  for (; source < end; source += 16, at += 16) v128.store(at, v128.load(source));
  return behind;
}

@inline
function entryOf(order: u32): usize {
  return INDEX + (<usize>load<u32>(ORDER + (order << 2)) << 4);
}

/** Bytes of a record behind its own length. */
@inline
function bodyOf(entry: usize, offset: u32): u32 {
  const keyStart = load<u32>(entry, 4);
  const keyEnd = load<u32>(entry, 8);
  const value = load<u32>(entry, 12) - keyEnd;
  const key = keyStart == NO_KEY ? 0 : keyEnd - keyStart;
  const keySize = keyStart == NO_KEY ? 1 : sizeOf(key << 1);
  return 3 + sizeOf(offset << 1) + keySize + key + sizeOf(value << 1) + value;
}

/**
 * How many messages of the order's [from, to) make one batch of at most `bytesMax`, or the one that is larger. Their
 * records' size stands in the call's first word then.
 */
export function plan(from: u32, to: u32, bytesMax: u32): u32 {
  let bytes: u32 = 0;
  let order = from;
  for (; order < to; order++) {
    const entry = entryOf(order);
    const keyStart = load<u32>(entry, 4);
    const start = keyStart == NO_KEY ? load<u32>(entry, 8) : keyStart;
    if (order > from && bytes + (load<u32>(entry, 12) - start) > bytesMax) break;
    const body = bodyOf(entry, order - from);
    bytes += sizeOf(body << 1) + body;
  }
  store<u32>(CALL, bytes);
  return order - from;
}

/** Writes the records of `count` messages from `from` in the order; up to 15 bytes behind them are written as well. */
export function build(from: u32, count: u32, base: usize, to: usize): void {
  let at = to;
  for (let offset: u32 = 0; offset < count; offset++) {
    const entry = entryOf(from + offset);
    at = putVarint(at, bodyOf(entry, offset) << 1);
    store<u16>(at, 0);
    at = putVarint(at + 2, offset << 1);
    const keyStart = load<u32>(entry, 4);
    const keyEnd = load<u32>(entry, 8);
    const valueEnd = load<u32>(entry, 12);
    if (keyStart == NO_KEY) store<u8>(at++, 1);
    else at = put(base + keyStart, base + keyEnd, putVarint(at, (keyEnd - keyStart) << 1));
    at = put(base + keyEnd, base + valueEnd, putVarint(at, (valueEnd - keyEnd) << 1));
    store<u8>(at++, 0);
  }
}
