import { CdcError } from '../../../core/errors.ts';

/** Where a row image is read: moves on with each value, never past `end`. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
}

/** Moves past `size` bytes and returns where they begin. */
export function take(cursor: Cursor, size: number): number {
  const start = cursor.at;
  if (size > cursor.end - start) {
    throw new CdcError(
      'CDC_BINLOG_CORRUPT',
      `row image: wanted ${size} bytes at ${start}, had ${cursor.end - start}`,
    );
  }
  cursor.at = start + size;
  return start;
}

/** Bytes behind a little-endian length of `lengthBytes`; a view. */
export function takeCounted(cursor: Cursor, lengthBytes: number): Buffer {
  const size = cursor.bytes.readUIntLE(take(cursor, lengthBytes), lengthBytes);
  const start = take(cursor, size);
  return cursor.bytes.subarray(start, start + size);
}
