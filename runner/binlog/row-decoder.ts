/**
 * Row images, interpreted: the readable truth that any faster decoder is held against. MySQL manual, "Rows_event";
 * MySQL sql/rpl_record.cc, unpack_row.
 *
 *   row   ::= image (insert: after, delete: before), or before image and after image (update)
 *   image ::= null bitmap over the columns present; then the values of those that are not NULL, in column order
 *
 * A column that the event's bitmap leaves out (binlog_row_image MINIMAL, NOBLOB) has no bit and no value. In a
 * PARTIAL_UPDATE_ROWS event the after image begins with
 *
 *   n  value options, length-encoded; bit 0: JSON columns may be diffs, and
 *   m  a bit per JSON column of the table, lowest first: set = diffs (json-diff.ts) instead of a value
 */
import { CdcError } from '../../core/errors.ts';
import { COLUMN_TYPE } from './column-types.ts';
import { columnReader } from './columns/column-reader.ts';
import { type Cursor, type ReadValue, take } from './columns/cursor.ts';
import { lengthBytes } from './columns/sizes.ts';
import type { RowsEvent } from './event.ts';
import { readJsonDiffs, takePacked } from './json-diff.ts';
import { describeEvent } from './reader.ts';
import type { ColumnShape, ColumnValue, DecodedRow, TableShape } from './table-shape.ts';

const PARTIAL_JSON = 1;

interface Reader {
  readonly column: ColumnShape;
  readonly number: number;
  /** Its place among the table's JSON columns; null for others. */
  readonly jsonIndex: number | null;
  readonly read: ReadValue;
}

const readersOf = new WeakMap<TableShape, readonly Reader[]>();

function readersFor(shape: TableShape): readonly Reader[] {
  let readers = readersOf.get(shape);
  if (readers === undefined) {
    const json = shape.columns.filter((column) => column.wireType === COLUMN_TYPE.JSON);
    readers = shape.columns.map((column, number) => ({
      column,
      number,
      jsonIndex: column.wireType === COLUMN_TYPE.JSON ? json.indexOf(column) : null,
      read: columnReader(column),
    }));
    readersOf.set(shape, readers);
  }
  return readers;
}

const hasBit = (bitmap: Uint8Array, index: number): boolean =>
  ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;

function takeBitmap(cursor: Cursor, bits: number): Buffer {
  const start = take(cursor, (bits + 7) >> 3);
  return cursor.bytes.subarray(start, cursor.at);
}

/** One image after the other of one rows event. */
class ImageReader {
  readonly #event: RowsEvent;
  readonly #shape: TableShape;
  readonly #before: readonly Reader[];
  readonly #after: readonly Reader[];
  readonly #cursor: Cursor;
  /** The binary documents of the before image that diffs may speak of; by column number. */
  #documents = new Map<number, Buffer>();
  #row = 0;
  /** The column that is being read, for errors. */
  #column: ColumnShape | null = null;

  constructor(event: RowsEvent, shape: TableShape) {
    const readers = readersFor(shape);
    const only = (bitmap: Uint8Array): Reader[] => readers.filter(({ number }) => hasBit(bitmap, number));
    this.#event = event;
    this.#shape = shape;
    this.#before = only(event.present);
    this.#after = event.action === 'update' ? only(event.presentAfter) : this.#before;
    this.#cursor = { bytes: event.rows, at: 0, end: event.rows.length };
  }

  *rows(): Generator<DecodedRow> {
    const cursor = this.#cursor;
    if (this.#before.length + this.#after.length === 0 && cursor.end > 0) {
      throw this.#failure('no column is in the image');
    }
    // an image without columns is a row all the same, of no bytes: then it is the only one
    do {
      yield this.#guarded();
      this.#row += 1;
    } while (cursor.at < cursor.end);
  }

  #guarded(): DecodedRow {
    try {
      return this.#next();
    } catch (error) {
      if (!(error instanceof CdcError)) throw error;
      throw this.#failure(error.message, error);
    }
  }

  #failure(problem: string, cause?: CdcError): CdcError {
    const { database, table } = this.#shape;
    const column = this.#column === null ? '' : `, column ${this.#column.name}`;
    const where = `${describeEvent(this.#event.header)}, row ${this.#row} of ${database}.${table}${column}`;
    return new CdcError(
      cause?.code ?? 'CDC_BINLOG_CORRUPT',
      `${where}: ${problem}`,
      cause === undefined ? {} : { cause, hint: cause.hint },
    );
  }

  #next(): DecodedRow {
    switch (this.#event.action) {
      case 'insert':
        return { before: null, after: this.#image(this.#before) };
      case 'delete':
        return { before: this.#image(this.#before), after: null };
      default: {
        const { partialJson } = this.#event;
        const before = partialJson ? this.#imageWithDocuments() : this.#image(this.#before);
        return { before, after: partialJson ? this.#partialImage() : this.#image(this.#after) };
      }
    }
  }

  #image(readers: readonly Reader[]): ColumnValue[] {
    return this.#values(readers, ({ read }) => read(this.#cursor));
  }

  #values(readers: readonly Reader[], value: (reader: Reader) => ColumnValue): ColumnValue[] {
    const values = new Array<ColumnValue>(this.#shape.columns.length).fill(undefined);
    this.#column = null;
    const nulls = takeBitmap(this.#cursor, readers.length);
    for (let index = 0; index < readers.length; index += 1) {
      const reader = readers[index];
      if (reader === undefined) break;
      this.#column = reader.column;
      values[reader.number] = hasBit(nulls, index) ? null : value(reader);
    }
    this.#column = null;
    return values;
  }

  #imageWithDocuments(): ColumnValue[] {
    this.#documents = new Map();
    return this.#values(this.#before, ({ column, number, read }) => {
      const start = this.#cursor.at;
      const value = read(this.#cursor);
      if (column.wireType === COLUMN_TYPE.JSON) {
        this.#documents.set(
          number,
          this.#cursor.bytes.subarray(start + lengthBytes(column), this.#cursor.at),
        );
      }
      return value;
    });
  }

  #partialImage(): ColumnValue[] {
    const options = takePacked(this.#cursor);
    const jsonColumns = this.#shape.columns.filter((column) => column.wireType === COLUMN_TYPE.JSON).length;
    const diffs = (options & PARTIAL_JSON) === 0 ? Buffer.alloc(0) : takeBitmap(this.#cursor, jsonColumns);
    return this.#values(this.#after, ({ number, jsonIndex, read }) =>
      jsonIndex !== null && hasBit(diffs, jsonIndex) ? this.#fromDiffs(number) : read(this.#cursor),
    );
  }

  #fromDiffs(number: number): ColumnValue {
    const before = this.#documents.get(number);
    if (before !== undefined) return { json: readJsonDiffs(this.#cursor, before) };
    throw new CdcError('CDC_JSON_DIFF_ALONE', 'the before image lacks the document that the diffs change');
  }
}

/**
 * The rows of one event, in order. CDC_BINLOG_CORRUPT where the bytes do not follow the shape, CDC_SCHEMA_MISMATCH
 * where a label is missing, CDC_JSON_DIFF_ALONE.
 */
export function decodeRows(event: RowsEvent, shape: TableShape): Generator<DecodedRow> {
  if (event.columnCount !== shape.columns.length) {
    throw new CdcError(
      'CDC_SCHEMA_MISMATCH',
      `${shape.database}.${shape.table}: the event has ${event.columnCount} columns, the schema ${shape.columns.length}`,
    );
  }
  return new ImageReader(event, shape).rows();
}
