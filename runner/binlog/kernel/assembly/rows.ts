// Rows of one event, from the bytes of their images to the bytes of their messages, by the program of the table's shape
// (../program.ts makes it): per column an operation and the text in front of it.
import { putColumn, skipColumn } from './column';
import { BEFORE_ROW, BEHIND_ROW, CALL, giveUp, KEYS } from './memory';
import { putPadded, putU32 } from './numbers';
import { need, put, Row } from './row';

/** Bytes of an operation: code, three parameters, place and length of its label, size of its value, slot in the key. */
const OP_BYTES: usize = 32;

@inline
function isNull(nulls: usize, index: u32): bool {
  return (load<u8>(nulls + (index >> 3)) & (1 << (index & 7))) != 0;
}

/** The columns of one image as an object; of the second one the places of the key's columns are kept. */
function putImage(count: u32, ops: usize, to: usize, isSecond: bool): usize {
  const nulls = Row.source;
  Row.source += (count + 7) >> 3;
  let at = to;
  let op = ops;
  for (let index: u32 = 0; index < count; index++, op += OP_BYTES) {
    at = put(at, load<u32>(op, 16), load<u32>(op, 20));
    const slot = load<i32>(op, 28);
    if (isSecond && slot >= 0) store<u32>(KEYS + (slot << 4), Row.source, 8);
    if (isNull(nulls, index)) {
      store<u32>(at, 0x6c6c_756e);
      at += 4;
    } else at = putColumn(op, at);
    if (isSecond && slot >= 0) store<u32>(KEYS + (slot << 4), Row.source, 12);
  }
  if (count == 0) store<u8>(at++, 0x7b);
  store<u8>(at, 0x7d);
  return at + 1;
}

/** Finds the key's columns in the first image and writes them in the key's order; the Row.source stays. */
function putKey(call: usize, to: usize): usize {
  const origin = Row.source;
  const ops = load<u32>(call, 52);
  const scanned = load<u32>(call, 60);
  Row.source += (load<u32>(call, 48) + 7) >> 3;
  for (let index: u32 = 0, op: usize = ops; index < scanned; index++, op += OP_BYTES) {
    const slot = load<i32>(op, 28);
    if (isNull(origin, index)) {
      if (slot >= 0) giveUp();
      continue;
    }
    if (slot >= 0) {
      store<u32>(KEYS + (slot << 4), Row.source);
      store<u32>(KEYS + (slot << 4), 0, 8);
    }
    skipColumn(op);
    if (slot >= 0) store<u32>(KEYS + (slot << 4), Row.source, 4);
  }
  if (Row.source > Row.sourceEnd) giveUp();
  let at = to;
  const count = load<u32>(call, 64);
  for (let slot: u32 = 0, op: usize = load<u32>(call, 68); slot < count; slot++, op += OP_BYTES) {
    Row.source = load<u32>(KEYS + (slot << 4));
    at = put(at, load<u32>(op, 16), load<u32>(op, 20));
    at = putColumn(op, at);
  }
  store<u8>(at, 0x7d);
  Row.source = origin;
  return at + 1;
}

/** A key with other bytes is left to the interpreted path. */
function checkKey(count: u32): void {
  for (let slot: u32 = 0; slot < count; slot++) {
    const place = KEYS + (slot << 4);
    const first = load<u32>(place);
    const length = load<u32>(place, 4) - first;
    const second = load<u32>(place, 8);
    // a column that is not in the second image
    if (second == 0) continue;
    if (load<u32>(place, 12) - second != length || memory.compare(first, second, length) != 0) giveUp();
  }
}

@inline
function putTail(call: usize, to: usize, row: u32): usize {
  let at = put(to, BEFORE_ROW, load<u32>(call, 36));
  at = putU32(at, row);
  at = put(at, BEHIND_ROW, load<u32>(call, 40));
  at = row < 10000000 ? putPadded(at, row, 7) : putU32(at, row);
  store<u16>(at, 0x7d22);
  return at + 2;
}

/** All rows of the event fit, the batch is full. */
const DONE: i32 = 0;
const FULL: i32 = 1;
const NO_ROOM: i32 = 2;

/**
 * Writes messages until the rows end or the batch is full. What was written stands in the call after each row, so that
 * it counts whatever becomes of the row behind it.
 */
export function encode(): i32 {
  const call = CALL;
  Row.sourceEnd = load<u32>(call, 4);
  Row.limit = load<u32>(call, 12);
  const fullAt = load<u32>(call, 16);
  const base = load<u32>(call, 20);
  const indexEnd = load<u32>(call, 28);
  Row.fixedRoom = load<u32>(call, 44);
  const flags = load<u32>(call, 96);
  const hasSecond = (flags & 1) != 0;
  const wholeRowIsKey = (flags & 2) != 0;
  const checksKey = (flags & 4) != 0;
  const keyColumns = load<u32>(call, 64);
  while (true) {
    Row.source = load<u32>(call, 0);
    if (Row.source >= Row.sourceEnd) return DONE;
    const start: usize = load<u32>(call, 8);
    if (start >= fullAt) return FULL;
    const entry = load<u32>(call, 24);
    if (entry + 16 > indexEnd || start + Row.fixedRoom > Row.limit) return NO_ROOM;
    let at: usize;
    let keyEnd: usize;
    if (wholeRowIsKey) {
      at = putImage(load<u32>(call, 48), load<u32>(call, 52), start, false);
      keyEnd = at;
      need(at, <u32>(keyEnd - start));
      at = put(at, load<u32>(call, 72), load<u32>(call, 76));
      memory.copy(at, start, keyEnd - start);
      at += keyEnd - start;
    } else {
      at = putKey(call, start);
      keyEnd = at;
      at = put(at, load<u32>(call, 72), load<u32>(call, 76));
      at = putImage(load<u32>(call, 48), load<u32>(call, 52), at, false);
    }
    if (hasSecond) {
      at = put(at, load<u32>(call, 80), load<u32>(call, 84));
      at = putImage(load<u32>(call, 104), load<u32>(call, 56), at, true);
    }
    if (Row.source > Row.sourceEnd) giveUp();
    if (hasSecond && checksKey) checkKey(keyColumns);
    at = put(at, load<u32>(call, 88), load<u32>(call, 92));
    const row = load<u32>(call, 32);
    at = putTail(call, at, row);
    store<u32>(entry, load<u32>(call, 100));
    store<u32>(entry, start - base, 4);
    store<u32>(entry, keyEnd - base, 8);
    store<u32>(entry, at - base, 12);
    store<u32>(call, Row.source);
    store<u32>(call, at, 8);
    store<u32>(call, entry + 16, 24);
    store<u32>(call, row + 1, 32);
  }
  return DONE;
}
