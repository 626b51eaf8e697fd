// One column's value, by its operation: code, three parameters (../program.ts has what they are).
import { putDecimal } from './decimal';
import { putJson } from './json';
import { giveUp, putOutside } from './memory';
import { putDouble, putFloat, putI32, putI64, putU32, putU64 } from './numbers';
import { need, put, Row } from './row';
import { putDate, putDatetime, putTime, putTimestamp } from './temporal';
import { escapeGrowth, putBase64, putSingleByte, putUtf8 } from './text';

const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT16: u32 = 3;
const UINT16: u32 = 4;
const INT24: u32 = 5;
const UINT24: u32 = 6;
const INT32: u32 = 7;
const UINT32: u32 = 8;
const INT64: u32 = 9;
const UINT64: u32 = 10;
const YEAR: u32 = 11;
const DECIMAL: u32 = 12;
const FLOAT: u32 = 13;
const DOUBLE: u32 = 14;
const DATE: u32 = 15;
const DATETIME: u32 = 16;
const TIMESTAMP: u32 = 17;
const TIME: u32 = 18;
const UTF8: u32 = 19;
const SINGLE_BYTE: u32 = 20;
const BYTES: u32 = 21;
const ENUM: u32 = 22;
const BIT: u32 = 23;
const JSON_TEXT: u32 = 24;
const OUTSIDE: u32 = 25;

/** Above this the room for a text is counted, not taken for the worst case. */
const COUNTED_BYTES: u32 = 4096;

/** Length of a value, little-endian in 1 to 4 bytes; the value is all there. */
function sized(lengthBytes: u32): u32 {
  let length: u32;
  switch (lengthBytes) {
    case 1:
      length = load<u8>(Row.source);
      break;
    case 2:
      length = load<u16>(Row.source);
      break;
    case 3:
      length = <u32>load<u16>(Row.source) | (<u32>load<u8>(Row.source, 2) << 16);
      break;
    case 4:
      length = load<u32>(Row.source);
      break;
    default:
      length = 0;
      giveUp();
  }
  Row.source += lengthBytes;
  if (<u64>Row.source + <u64>length > <u64>Row.sourceEnd) giveUp();
  return length;
}

function putText(op: usize, to: usize): usize {
  const length = sized(load<u32>(op, 4));
  const table = load<u32>(op, 8);
  const code = load<u32>(op);
  if (length <= COUNTED_BYTES) need(to, 6 * length);
  else need(to, (code == UTF8 ? length : 3 * length) + escapeGrowth(Row.source, length));
  store<u8>(to, 0x22);
  const at =
    code == UTF8 ? putUtf8(Row.source, length, to + 1) : putSingleByte(Row.source, length, to + 1, table);
  Row.source += length;
  store<u8>(at, 0x22);
  return at + 1;
}

function putBytes(op: usize, to: usize): usize {
  const length = sized(load<u32>(op, 4));
  const whole = load<u32>(op, 8);
  need(to, (max(length, whole) / 3 + 1) * 4);
  store<u8>(to, 0x22);
  const at = putBase64(Row.source, length, whole, to + 1);
  Row.source += length;
  store<u8>(at, 0x22);
  return at + 1;
}

function putDocument(op: usize, to: usize): usize {
  const length = sized(load<u32>(op, 4));
  need(to, 6 * length + 64);
  const at = putJson(Row.source, length, to);
  Row.source += length;
  return at;
}

/** Labels: how many, then place and length of each text. */
function putEnum(op: usize, to: usize): usize {
  const labels = load<u32>(op, 8);
  const value: u32 = load<u32>(op, 4) == 1 ? <u32>load<u8>(Row.source) : <u32>load<u16>(Row.source);
  if (value >= load<u32>(labels)) giveUp();
  const entry = labels + 4 + (value << 3);
  return put(to, load<u32>(entry), load<u32>(entry, 4));
}

function putBit(bytes: u32, to: usize): usize {
  let value: u64 = 0;
  for (let i: u32 = 0; i < bytes; i++) value = (value << 8) | <u64>load<u8>(Row.source + i);
  store<u8>(to, 0x22);
  const at = putU64(to + 1, value);
  store<u8>(at, 0x22);
  return at + 1;
}

/** One value; moves the Row.source past it. */
export function putColumn(op: usize, to: usize): usize {
  let at: usize = to;
  switch (load<u32>(op)) {
    case INT8:
      at = putI32(to, load<i8>(Row.source));
      break;
    case UINT8:
      at = putU32(to, load<u8>(Row.source));
      break;
    case INT16:
      at = putI32(to, load<i16>(Row.source));
      break;
    case UINT16:
      at = putU32(to, load<u16>(Row.source));
      break;
    case INT24:
      at = putI32(to, <i32>load<u16>(Row.source) | (<i32>load<i8>(Row.source, 2) << 16));
      break;
    case UINT24:
      at = putU32(to, <u32>load<u16>(Row.source) | (<u32>load<u8>(Row.source, 2) << 16));
      break;
    case INT32:
      at = putI32(to, load<i32>(Row.source));
      break;
    case UINT32:
      at = putU32(to, load<u32>(Row.source));
      break;
    case INT64:
      at = putI64(to, load<i64>(Row.source));
      break;
    case UINT64:
      at = putU64(to, load<u64>(Row.source));
      break;
    case YEAR: {
      const year: u32 = load<u8>(Row.source);
      at = putU32(to, year == 0 ? 0 : 1900 + year);
      break;
    }
    case DECIMAL:
      store<u8>(to, 0x22);
      at = putDecimal(Row.source, to + 1, load<u32>(op, 4));
      store<u8>(at++, 0x22);
      break;
    case FLOAT:
      at = putFloat(to, <f64>load<f32>(Row.source));
      break;
    case DOUBLE:
      at = putDouble(to, load<f64>(Row.source));
      break;
    case DATE:
      at = putDate(Row.source, to);
      break;
    case DATETIME:
      at = putDatetime(Row.source, to, load<u32>(op, 4));
      break;
    case TIMESTAMP:
      at = putTimestamp(Row.source, to, load<u32>(op, 4));
      break;
    case TIME:
      at = putTime(Row.source, to, load<u32>(op, 4));
      break;
    case UTF8:
    case SINGLE_BYTE:
      return putText(op, to);
    case BYTES:
      return putBytes(op, to);
    case ENUM:
      at = putEnum(op, to);
      break;
    case BIT:
      at = putBit(load<u32>(op, 4), to);
      break;
    case JSON_TEXT:
      return putDocument(op, to);
    case OUTSIDE: {
      const from = Row.source;
      skipColumn(op);
      return putOutside(load<u32>(op, 4), from, Row.source, to);
    }
    default:
      giveUp();
  }
  Row.source += load<u32>(op, 24);
  return at;
}

export function skipColumn(op: usize): void {
  const size = load<i32>(op, 24);
  if (size > 0) {
    Row.source += size;
    return;
  }
  // moves the Row.source itself, so it comes first
  const length = sized(<u32>-size);
  Row.source += length;
}
