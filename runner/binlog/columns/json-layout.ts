/**
 * MySQL's binary JSON, its containers and their bounds (sql-common/json_binary.h):
 *
 *   document   ::= type (1 byte) value
 *   type       ::= 0 small object, 1 large object, 2 small array, 3 large array, 4 literal, 5 int16, 6 uint16,
 *                  7 int32, 8 uint32, 9 int64, 10 uint64, 11 double, 12 string, 15 opaque
 *   object     ::= count size key-entry* value-entry* key* value*
 *   array      ::= count size value-entry* value*
 *   key-entry  ::= offset length (2 bytes)
 *   value-entry::= type (1 byte) offset, or in its place the value: literals and 16-bit integers, in large
 *                  containers 32-bit integers too
 *
 * count, size and offset have 2 bytes in small containers, 4 in large ones; offsets count from the container's
 * `count`. After updates in place there may be holes between the values.
 */
import { CdcError } from '../../../core/errors.ts';

export const JSON_TYPE = {
  SMALL_OBJECT: 0,
  LARGE_OBJECT: 1,
  SMALL_ARRAY: 2,
  LARGE_ARRAY: 3,
  LITERAL: 4,
  INT16: 5,
  UINT16: 6,
  INT32: 7,
  UINT32: 8,
  INT64: 9,
  UINT64: 10,
  DOUBLE: 11,
  STRING: 12,
  OPAQUE: 15,
} as const;

/** The server's own limit (JSON_DOCUMENT_MAX_DEPTH). */
const DEPTH_MAX = 100;

export const corruptJson = (problem: string): CdcError =>
  new CdcError('CDC_BINLOG_CORRUPT', `JSON value: ${problem}`);

/** One value inside a document: its type, where it begins, and the end of the container that it must lie in. */
export interface JsonPlace {
  readonly type: number;
  readonly at: number;
  readonly end: number;
}

export interface JsonContainer {
  /** Keys in order; null for an array. */
  readonly keys: readonly string[] | null;
  readonly values: readonly JsonPlace[];
}

export const isContainer = (type: number): boolean => type <= JSON_TYPE.LARGE_ARRAY;

/**
 * A document that is read. Damaged offsets can make values overlap, so that a few bytes stand for a text without
 * end: what was read is counted, and can't be more than the document has bytes.
 */
export class JsonDocument {
  readonly bytes: Buffer;
  #unread: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#unread = bytes.length;
  }

  /** null for the document without bytes: an INSERT IGNORE of NULL makes it, and the server takes it for JSON null. */
  root(): JsonPlace | null {
    const { length } = this.bytes;
    return length === 0 ? null : { type: this.bytes.readUInt8(0), at: 1, end: length };
  }

  /** Checks that `size` bytes at `at` lie in the container that ends at `end`. */
  need(at: number, size: number, end: number): void {
    if (at + size > end) throw corruptJson(`wanted ${size} bytes at ${at}, had ${Math.max(end - at, 0)}`);
    this.#unread -= size;
    if (this.#unread < 0) throw corruptJson('its values overlap');
  }

  /** A length in 7 bits a byte, lowest first, the high bit saying that more follow; and what lies behind it. */
  sized(at: number, end: number): { readonly start: number; readonly end: number } {
    let length = 0;
    for (let i = 0; i < 5; i += 1) {
      this.need(at + i, 1, end);
      const byte = this.bytes.readUInt8(at + i);
      length += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        const start = at + i + 1;
        this.need(start, length, end);
        return { start, end: start + length };
      }
    }
    throw corruptJson(`the length at ${at} does not end`);
  }

  /** `depth` counts from 1 for the document itself. */
  container(place: JsonPlace, depth: number): JsonContainer {
    if (depth > DEPTH_MAX) throw corruptJson(`nested deeper than ${DEPTH_MAX}`);
    const { type, at } = place;
    const large = type === JSON_TYPE.LARGE_OBJECT || type === JSON_TYPE.LARGE_ARRAY;
    const isObject = type === JSON_TYPE.SMALL_OBJECT || type === JSON_TYPE.LARGE_OBJECT;
    const width = large ? 4 : 2;
    this.need(at, 2 * width, place.end);
    const count = this.#number(at, width);
    const end = at + this.#number(at + width, width);
    if (end > place.end) throw corruptJson(`the container at ${at} is larger than what holds it`);
    const keyEntries = at + 2 * width;
    const valueEntries = keyEntries + (isObject ? count * (width + 2) : 0);
    this.need(keyEntries, valueEntries - keyEntries + count * (width + 1), end);
    const keys: string[] = [];
    const values: JsonPlace[] = [];
    for (let index = 0; index < count; index += 1) {
      if (isObject) keys.push(this.#key(keyEntries + index * (width + 2), at, width, end));
      values.push(this.#value(valueEntries + index * (width + 1), at, width, end));
    }
    return { keys: isObject ? keys : null, values };
  }

  #key(entry: number, base: number, width: number, end: number): string {
    const start = base + this.#number(entry, width);
    const length = this.bytes.readUInt16LE(entry + width);
    this.need(start, length, end);
    return this.bytes.toString('utf8', start, start + length);
  }

  #value(entry: number, base: number, width: number, end: number): JsonPlace {
    const type = this.bytes.readUInt8(entry);
    const inlined =
      type === JSON_TYPE.LITERAL ||
      type === JSON_TYPE.INT16 ||
      type === JSON_TYPE.UINT16 ||
      (width === 4 && (type === JSON_TYPE.INT32 || type === JSON_TYPE.UINT32));
    if (inlined) {
      // read a second time as a value: not twice counted
      this.#unread += type === JSON_TYPE.LITERAL ? 1 : type <= JSON_TYPE.UINT16 ? 2 : 4;
      return { type, at: entry + 1, end };
    }
    return { type, at: base + this.#number(entry + 1, width), end };
  }

  #number(at: number, width: number): number {
    return width === 4 ? this.bytes.readUInt32LE(at) : this.bytes.readUInt16LE(at);
  }
}
