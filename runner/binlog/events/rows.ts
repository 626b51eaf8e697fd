/**
 * Rows events (MySQL manual, "Rows_event"; libs/mysql/binlog/event/rows_event.h): the images of inserted, updated
 * or deleted rows.
 *
 *   6  table id (4 where the format description gives a post-header of 6 bytes)
 *   2  flags; bit 0: last of its statement
 *   2  length of the extra row info, these 2 bytes included; then the info      } not in version 1
 *   n  column count, length-encoded
 *   m  bitmap of the columns in the image (update: in the before image), (count + 7) / 8 bytes
 *  (m) update: bitmap of the columns in the after image
 *   r  row images; compressed in MariaDB's *_ROWS_COMPRESSED (see mariadb-compression.ts)
 *
 * This is the hot path: the reads are few and done by hand, each behind one comparison.
 */
import { CdcError } from '../../../core/errors.ts';
import type { EventHeader, RowsEvent, SkippedEvent, TableMap } from '../event.ts';
import { HEADER_LENGTH } from '../header.ts';
import { corrupt, describeEvent } from '../reader.ts';
import { inflateMariadb } from './mariadb-compression.ts';

/** What the type code says of a rows event. */
export interface RowsLayout {
  readonly action: 'insert' | 'update' | 'delete';
  readonly version: 1 | 2;
  readonly partialJson: boolean;
  readonly compressed: boolean;
}

const END_OF_STATEMENT = 1;
/** An event without rows that only closes its statement has this id and no table map. */
const DUMMY_TABLE_ID = 0xff_ff_ff;
const SHORT_POST_HEADER = 6;

const NO_COLUMNS = Buffer.alloc(0);

function missing(header: EventHeader, tableId: number): CdcError {
  return new CdcError(
    'CDC_TABLE_MAP_MISSING',
    `${describeEvent(header)}: no table map with id ${tableId} came before it`,
  );
}

function need(header: EventHeader, at: number, length: number, end: number, what: string): void {
  if (at + length > end) {
    throw corrupt(header, `${what} at byte ${at}: wanted ${length} bytes, had ${Math.max(end - at, 0)} left`);
  }
}

/** Length-encoded column count: one byte up to 250 columns, three up to the server's 4096. */
function columnCountAt(bytes: Buffer, at: number, end: number, header: EventHeader): [number, number] {
  need(header, at, 1, end, 'column count');
  const first = bytes.readUInt8(at);
  if (first < 251) return [first, at + 1];
  if (first !== 252) throw corrupt(header, `${first} does not begin a column count`);
  need(header, at, 3, end, 'column count');
  return [bytes.readUInt16LE(at + 1), at + 3];
}

/** Skips the fixed part; returns where the column count begins. */
function afterPostHeader(
  bytes: Buffer,
  header: EventHeader,
  end: number,
  layout: RowsLayout,
  idLength: number,
): number {
  const at = HEADER_LENGTH + idLength + 2;
  if (layout.version === 1) return at;
  need(header, at, 2, end, 'extra row info');
  const extraLength = bytes.readUInt16LE(at);
  if (extraLength < 2) throw corrupt(header, `extra row info of ${extraLength} bytes: wanted 2 or more`);
  need(header, at, extraLength, end, 'extra row info');
  return at + extraLength;
}

export function parseRows(
  bytes: Buffer,
  header: EventHeader,
  end: number,
  layout: RowsLayout,
  postHeaderLength: number,
  tableMaps: ReadonlyMap<number, TableMap>,
): RowsEvent | SkippedEvent {
  const idLength = postHeaderLength === SHORT_POST_HEADER ? 4 : 6;
  need(header, HEADER_LENGTH, idLength + 2, end, 'table id and flags');
  const tableId = bytes.readUIntLE(HEADER_LENGTH, idLength);
  const flags = bytes.readUInt16LE(HEADER_LENGTH + idLength);
  const [columnCount, bitmapAt] = columnCountAt(
    bytes,
    afterPostHeader(bytes, header, end, layout, idLength),
    end,
    header,
  );
  const map = tableMaps.get(tableId);
  if (map === undefined) {
    if (tableId !== DUMMY_TABLE_ID || columnCount > 0) throw missing(header, tableId);
    return { kind: 'skipped', header, name: 'end of statement', carriesData: false };
  }
  if (columnCount !== map.columnTypes.length) {
    throw corrupt(header, `has ${columnCount} columns, but the table map has ${map.columnTypes.length}`);
  }
  const update = layout.action === 'update';
  const bitmapLength = (columnCount + 7) >> 3;
  const rowsAt = bitmapAt + (update ? 2 * bitmapLength : bitmapLength);
  need(header, bitmapAt, rowsAt - bitmapAt, end, 'column bitmaps');
  const images = bytes.subarray(rowsAt, end);
  return {
    kind: 'rows',
    header,
    action: layout.action,
    map,
    endOfStatement: (flags & END_OF_STATEMENT) !== 0,
    partialJson: layout.partialJson,
    columnCount,
    present: bytes.subarray(bitmapAt, bitmapAt + bitmapLength),
    presentAfter: update ? bytes.subarray(bitmapAt + bitmapLength, rowsAt) : NO_COLUMNS,
    rows: layout.compressed ? inflateMariadb(images, header) : images,
  };
}
