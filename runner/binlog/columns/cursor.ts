import { CdcError } from '../../../core/errors.ts';
import type { ColumnValue } from '../table-shape.ts';

/** Where a row image is read: moves on with each value, never past `end`. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
}

/** Reads one value that is not NULL. */
export type ReadValue = (cursor: Cursor) => ColumnValue;

/** Moves past `size` bytes and returns where they begin. */
export function take(cursor: Cursor, size: number): number {
  const start = cursor.at;
  if (size > cursor.end - start) {
    throw new CdcError('CDC_BINLOG_CORRUPT', `wanted ${size} bytes at ${start}, had ${cursor.end - start}`);
  }
  cursor.at = start + size;
  return start;
}

/** Moves past a value behind its little-endian length; returns where it begins, it ends at `cursor.at`. */
export function takeSized(cursor: Cursor, lengthBytes: number): number {
  return take(cursor, cursor.bytes.readUIntLE(take(cursor, lengthBytes), lengthBytes));
}

/** The same as a view of the event's bytes. */
export function viewSized(cursor: Cursor, lengthBytes: number): Buffer {
  const start = takeSized(cursor, lengthBytes);
  return cursor.bytes.subarray(start, cursor.at);
}
