/**
 * MySQL's binary JSON to JSON text. Layout: server source sql-common/json_binary.h
 *   doc     ::= type value
 *   type    ::= 0 small object, 1 large object, 2 small array, 3 large array, 4 literal, 5 int16, 6 uint16,
 *               7 int32, 8 uint32, 9 int64, 10 uint64, 11 double, 12 string, 15 opaque
 *   object  ::= count size key-entry* value-entry* key* value*      (count, size, offsets: 2 or 4 bytes)
 *   key-entry ::= offset length(2)      value-entry ::= type offset-or-inlined
 */
import { CdcError } from '../../../core/errors.ts';
import { readDecimal } from './decimal.ts';

const DEPTH_MAX = 100;
const corrupt = (what: string): CdcError => new CdcError('CDC_BINLOG_CORRUPT', `JSON value: ${what}`);

export function jsonText(bytes: Buffer): string {
  if (bytes.length === 0) return 'null';
  return readValue(bytes[0] ?? 0, bytes, 1, bytes.length, 0);
}
function need(at: number, size: number, end: number): void {
  if (at < 0 || size < 0 || at + size > end) throw corrupt(`wants ${size} bytes at ${at}, has ${end}`);
}
function readValue(type: number, b: Buffer, at: number, end: number, depth: number): string {
  if (depth > DEPTH_MAX) throw corrupt('nested too deep');
  switch (type) {
    case 0:
      return readContainer(b, at, end, false, true, depth);
    case 1:
      return readContainer(b, at, end, true, true, depth);
    case 2:
      return readContainer(b, at, end, false, false, depth);
    case 3:
      return readContainer(b, at, end, true, false, depth);
    case 4:
      need(at, 1, end);
      return literal(b[at] ?? -1);
    case 5:
      need(at, 2, end);
      return String(b.readInt16LE(at));
    case 6:
      need(at, 2, end);
      return String(b.readUInt16LE(at));
    case 7:
      need(at, 4, end);
      return String(b.readInt32LE(at));
    case 8:
      need(at, 4, end);
      return String(b.readUInt32LE(at));
    case 9:
      need(at, 8, end);
      return String(b.readBigInt64LE(at));
    case 10:
      need(at, 8, end);
      return String(b.readBigUInt64LE(at));
    case 11:
      need(at, 8, end);
      return double(b.readDoubleLE(at));
    case 12: {
      const [length, start] = varlen(b, at, end);
      return JSON.stringify(b.toString('utf8', start, start + length));
    }
    case 15:
      return opaque(b, at, end);
    default:
      throw corrupt(`unknown type ${type}`);
  }
}
function literal(v: number): string {
  if (v === 0) return 'null';
  if (v === 1) return 'true';
  if (v === 2) return 'false';
  throw corrupt(`unknown literal ${v}`);
}
function double(v: number): string {
  if (Object.is(v, -0)) return '-0.0';
  const text = String(v);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
function varlen(b: Buffer, at: number, end: number): [number, number] {
  let length = 0;
  for (let i = 0; i < 5; i += 1) {
    need(at + i, 1, end);
    const byte = b[at + i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) {
      need(at + i + 1, length, end);
      return [length, at + i + 1];
    }
  }
  throw corrupt('length too long');
}
function readContainer(
  b: Buffer,
  at: number,
  limit: number,
  large: boolean,
  object: boolean,
  depth: number,
): string {
  const w = large ? 4 : 2;
  const num = (p: number): number => (large ? b.readUInt32LE(p) : b.readUInt16LE(p));
  need(at, 2 * w, limit);
  const count = num(at);
  const size = num(at + w);
  const end = at + size;
  if (end > limit) throw corrupt('container larger than its parent');
  const keys = at + 2 * w;
  const values = keys + (object ? count * (w + 2) : 0);
  need(values, count * (1 + w), end);
  const parts: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const entry = values + i * (1 + w);
    const type = b[entry] ?? 0;
    const inlined = type === 4 || type === 5 || type === 6 || (large && (type === 7 || type === 8));
    const place = inlined ? entry + 1 : at + num(entry + 1);
    need(place, 0, end);
    const text = readValue(type, b, place, end, depth + 1);
    if (object) {
      const key = keys + i * (w + 2);
      const start = at + num(key);
      const length = b.readUInt16LE(key + w);
      need(start, length, end);
      parts.push(`${JSON.stringify(b.toString('utf8', start, start + length))}: ${text}`);
    } else parts.push(text);
  }
  return object ? `{${parts.join(', ')}}` : `[${parts.join(', ')}]`;
}
const two = (n: number): string => String(n).padStart(2, '0');
function opaque(b: Buffer, at: number, end: number): string {
  need(at, 1, end);
  const type = b[at] ?? 0;
  const [length, start] = varlen(b, at + 1, end);
  const data = b.subarray(start, start + length);
  if (type === 246) {
    need(0, 2, length);
    return readDecimal(data, 2, data[0] ?? 0, data[1] ?? 0);
  }
  if ((type === 10 || type === 11 || type === 12 || type === 7) && length === 8)
    return JSON.stringify(temporal(type, data.readBigInt64LE(0)));
  return JSON.stringify(`base64:type${type}:${data.toString('base64')}`);
}
function temporal(type: number, packed: bigint): string {
  const negative = packed < 0n;
  const v = negative ? -packed : packed;
  const micros = String(v & 0xffffffn).padStart(6, '0');
  const high = Number(v >> 24n);
  if (type === 11) {
    return `${negative ? '-' : ''}${two((high >> 12) & 1023)}:${two((high >> 6) & 63)}:${two(high & 63)}.${micros}`;
  }
  const ymd = Math.floor(high / 2 ** 17);
  const hms = high % 2 ** 17;
  const date = `${String(Math.floor((ymd >> 5) / 13)).padStart(4, '0')}-${two((ymd >> 5) % 13)}-${two(ymd & 31)}`;
  return type === 10 ? date : `${date} ${two(hms >> 12)}:${two((hms >> 6) & 63)}:${two(hms & 63)}.${micros}`;
}
