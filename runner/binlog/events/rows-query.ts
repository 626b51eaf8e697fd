/**
 * The statement that made the rows which follow.
 *
 *   ROWS_QUERY_LOG_EVENT (MySQL, binlog_rows_query_log_events): 1 byte of length, which is wrong above 255 and
 *   therefore ignored, as the server does; then the statement.
 *   ANNOTATE_ROWS_EVENT (MariaDB, binlog_annotate_row_events): the statement alone.
 */
import type { RowsQueryEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';

export function parseRowsQuery(reader: ByteReader): RowsQueryEvent {
  reader.take(1, 'length');
  return { kind: 'rows_query', header: reader.header, sql: reader.rest() };
}

export function parseAnnotateRows(reader: ByteReader): RowsQueryEvent {
  return { kind: 'rows_query', header: reader.header, sql: reader.rest() };
}
