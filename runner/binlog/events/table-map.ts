/**
 * TABLE_MAP_EVENT (MySQL manual, "Table_map_event"): which table the rows events with this id speak of.
 *
 *   6  table id (4 where the format description gives a post-header of 6 bytes)
 *   2  flags
 *   1  length of the database's name; the name, NUL
 *   1  length of the table's name; the name, NUL
 *   n  column count, length-encoded
 *   c  type code of each column
 *   n  length of the type metadata, length-encoded; the metadata (see column-meta.ts)
 *   m  bitmap of the columns that may be NULL, (count + 7) / 8 bytes
 *   r  optional metadata (see table-map-metadata.ts)
 */
import type { EventHeader, TableMap } from '../event.ts';
import { HEADER_LENGTH } from '../header.ts';
import { ByteReader } from '../reader.ts';
import { parseColumnMeta } from './column-meta.ts';
import { parseTableMetadata } from './table-map-metadata.ts';

const SHORT_POST_HEADER = 6;

function name(reader: ByteReader, what: string): string {
  const text = reader.text(reader.u8(`${what} length`), what);
  if (reader.u8(`end of ${what}`) !== 0) throw reader.fail(`the ${what} does not end in NUL`);
  return text;
}

/** The id alone: by it and the bytes a table map that came before is found again. */
export function tableIdOf(bytes: Buffer, header: EventHeader, end: number, postHeaderLength: number): number {
  const reader = new ByteReader(bytes, HEADER_LENGTH, end, header);
  return postHeaderLength === SHORT_POST_HEADER ? reader.u32('table id') : reader.u48('table id');
}

/** Whether the body, which begins with the id, is byte for byte that of `map`: then so is the shape. */
export function isSameBody(map: TableMap, bytes: Buffer, end: number): boolean {
  return bytes.compare(map.bytes, 0, map.bytes.length, HEADER_LENGTH, end) === 0;
}

/** Keeps a copy of the body, so that the chunk it came in can go. */
export function parseTableMap(
  bytes: Buffer,
  header: EventHeader,
  end: number,
  postHeaderLength: number,
  flavor: 'mysql' | 'mariadb',
): TableMap {
  const body = Buffer.from(bytes.subarray(HEADER_LENGTH, end));
  const reader = new ByteReader(body, 0, body.length, header);
  const tableId = postHeaderLength === SHORT_POST_HEADER ? reader.u32('table id') : reader.u48('table id');
  reader.take(2, 'flags');
  const database = name(reader, 'database name');
  const table = name(reader, 'table name');
  const columnCount = reader.packed('column count');
  const columnTypes = Uint8Array.from(reader.view(columnCount, 'column types'));
  const metaPart = reader.part(reader.packed('type metadata length'), 'type metadata');
  const columnMeta = parseColumnMeta(metaPart, columnTypes);
  const nullable = Uint8Array.from(reader.view((columnCount + 7) >> 3, 'nullable columns'));
  const metadata = reader.left === 0 ? null : parseTableMetadata(reader, columnTypes, columnMeta, flavor);
  return { tableId, database, table, columnTypes, columnMeta, nullable, metadata, bytes: body };
}
