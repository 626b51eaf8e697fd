/**
 * The 13 types of rows events: three actions in version 1 (MySQL 5.1 to 5.5, MariaDB) and 2, MySQL's update with
 * partial JSON, and MariaDB's compressed forms of both versions.
 */
import { EVENT } from '../event-types.ts';
import type { RowsLayout } from './rows.ts';

type Flags = Partial<Pick<RowsLayout, 'partialJson' | 'compressed'>>;

const layout = (action: RowsLayout['action'], version: 1 | 2, flags: Flags = {}): RowsLayout => ({
  action,
  version,
  partialJson: flags.partialJson ?? false,
  compressed: flags.compressed ?? false,
});

const COMPRESSED = { compressed: true };

const LAYOUTS: readonly (readonly [number, RowsLayout])[] = [
  [EVENT.WRITE_ROWS_V1, layout('insert', 1)],
  [EVENT.UPDATE_ROWS_V1, layout('update', 1)],
  [EVENT.DELETE_ROWS_V1, layout('delete', 1)],
  [EVENT.WRITE_ROWS, layout('insert', 2)],
  [EVENT.UPDATE_ROWS, layout('update', 2)],
  [EVENT.DELETE_ROWS, layout('delete', 2)],
  [EVENT.PARTIAL_UPDATE_ROWS, layout('update', 2, { partialJson: true })],
  [EVENT.MARIADB_WRITE_ROWS_COMPRESSED_V1, layout('insert', 1, COMPRESSED)],
  [EVENT.MARIADB_UPDATE_ROWS_COMPRESSED_V1, layout('update', 1, COMPRESSED)],
  [EVENT.MARIADB_DELETE_ROWS_COMPRESSED_V1, layout('delete', 1, COMPRESSED)],
  [EVENT.MARIADB_WRITE_ROWS_COMPRESSED, layout('insert', 2, COMPRESSED)],
  [EVENT.MARIADB_UPDATE_ROWS_COMPRESSED, layout('update', 2, COMPRESSED)],
  [EVENT.MARIADB_DELETE_ROWS_COMPRESSED, layout('delete', 2, COMPRESSED)],
];

/** By type code, for one look-up an event. */
const BY_CODE: readonly (RowsLayout | null)[] = Array.from(
  { length: 256 },
  (_, code) => LAYOUTS.find(([typeCode]) => typeCode === code)?.[1] ?? null,
);

/** null for a type that is no rows event. */
export function rowsLayout(typeCode: number): RowsLayout | null {
  return BY_CODE[typeCode] ?? null;
}
