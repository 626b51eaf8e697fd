/**
 * Row images, interpreted: the readable truth that any faster decoder is held against.
 *
 * image ::= null bitmap over the columns present, then the values of those that are not NULL, in order.
 * MySQL manual, "Rows_event"; an update has the before image, then the after image.
 */
import { CdcError } from '../../core/errors.ts';
import { columnReader } from './columns/column-reader.ts';
import type { Cursor } from './columns/cursor.ts';
import { take } from './columns/cursor.ts';
import type { RowsEvent } from './event.ts';
import type { ColumnValue, DecodedRow, TableShape } from './table-shape.ts';

type Read = (cursor: Cursor) => ColumnValue;

const readersOf = new WeakMap<TableShape, readonly Read[]>();

function readers(shape: TableShape): readonly Read[] {
  let found = readersOf.get(shape);
  if (found === undefined) {
    found = shape.columns.map(columnReader);
    readersOf.set(shape, found);
  }
  return found;
}

const bit = (bitmap: Uint8Array, index: number): boolean =>
  ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;

function countBits(bitmap: Uint8Array, columns: number): number {
  let count = 0;
  for (let column = 0; column < columns; column += 1) if (bit(bitmap, column)) count += 1;
  return count;
}

function readImage(
  cursor: Cursor,
  all: readonly Read[],
  present: Uint8Array,
  presentCount: number,
): ColumnValue[] {
  const size = (presentCount + 7) >> 3;
  const start = take(cursor, size);
  const nulls = cursor.bytes.subarray(start, start + size);
  const values: ColumnValue[] = new Array(all.length);
  let index = 0;
  for (const [column, read] of all.entries()) {
    if (!bit(present, column)) {
      values[column] = undefined;
      continue;
    }
    values[column] = bit(nulls, index) ? null : read(cursor);
    index += 1;
  }
  return values;
}

/** The rows of one event, in order. CDC_BINLOG_CORRUPT where the bytes do not follow the shape. */
export function* decodeRows(event: RowsEvent, shape: TableShape): Generator<DecodedRow> {
  if (event.columnCount !== shape.columns.length) {
    throw new CdcError(
      'CDC_SCHEMA_MISMATCH',
      `${shape.database}.${shape.table}: the event has ${event.columnCount} columns, the schema ${shape.columns.length}`,
    );
  }
  const all = readers(shape);
  const cursor: Cursor = { bytes: event.rows, at: 0, end: event.rows.length };
  const count = countBits(event.present, event.columnCount);
  const countAfter = countBits(event.presentAfter, event.columnCount);
  while (cursor.at < cursor.end) {
    const first = readImage(cursor, all, event.present, count);
    switch (event.action) {
      case 'insert':
        yield { before: null, after: first };
        break;
      case 'delete':
        yield { before: first, after: null };
        break;
      default:
        yield { before: first, after: readImage(cursor, all, event.presentAfter, countAfter) };
    }
  }
}
