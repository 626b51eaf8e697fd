/**
 * QUERY_EVENT (MySQL manual, "Query_event"): a statement as text: BEGIN, DDL, XA, or a write in statement format.
 *
 *   4  thread id                  post-header, 13 bytes
 *   4  execution time, seconds
 *   1  length of the default database's name
 *   2  error code
 *   2  length of the status variables
 *   n  status variables (see query-status.ts)
 *   n  default database, NUL
 *   n  statement; in MariaDB's QUERY_COMPRESSED_EVENT compressed (see mariadb-compression.ts)
 */
import type { QueryEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';
import { inflateMariadb } from './mariadb-compression.ts';
import { parseQueryStatus } from './query-status.ts';

const POST_HEADER_LENGTH = 13;

export function parseQuery(reader: ByteReader, postHeaderLength: number, compressed: boolean): QueryEvent {
  if (postHeaderLength < POST_HEADER_LENGTH) {
    throw reader.fail(`a post-header of ${postHeaderLength} bytes instead of ${POST_HEADER_LENGTH}`);
  }
  reader.take(8, 'thread id and execution time');
  const databaseLength = reader.u8('database length');
  const errorCode = reader.u16('error code');
  const statusLength = reader.u16('status length');
  reader.take(postHeaderLength - POST_HEADER_LENGTH, 'post-header');
  const status = parseQueryStatus(reader.part(statusLength, 'status variables'));
  const database = reader.text(databaseLength, 'database');
  if (reader.u8('end of database') !== 0) throw reader.fail('the database name does not end in NUL');
  const rest = reader.rest();
  const sql = compressed ? inflateMariadb(rest, reader.header) : rest;
  return { kind: 'query', header: reader.header, database, sql, errorCode, ...status };
}
