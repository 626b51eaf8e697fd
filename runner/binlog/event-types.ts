/**
 * Type codes of binlog events and their names as the servers spell them.
 * Source: MySQL libs/mysql/binlog/event/binlog_event.h, MariaDB sql/log_event.h.
 */
export const EVENT = {
  QUERY: 2,
  STOP: 3,
  ROTATE: 4,
  INTVAR: 5,
  LOAD: 6,
  CREATE_FILE: 8,
  APPEND_BLOCK: 9,
  EXEC_LOAD: 10,
  DELETE_FILE: 11,
  NEW_LOAD: 12,
  RAND: 13,
  USER_VAR: 14,
  FORMAT_DESCRIPTION: 15,
  XID: 16,
  BEGIN_LOAD_QUERY: 17,
  EXECUTE_LOAD_QUERY: 18,
  TABLE_MAP: 19,
  WRITE_ROWS_V1: 23,
  UPDATE_ROWS_V1: 24,
  DELETE_ROWS_V1: 25,
  INCIDENT: 26,
  HEARTBEAT: 27,
  IGNORABLE: 28,
  ROWS_QUERY: 29,
  WRITE_ROWS: 30,
  UPDATE_ROWS: 31,
  DELETE_ROWS: 32,
  GTID: 33,
  ANONYMOUS_GTID: 34,
  PREVIOUS_GTIDS: 35,
  TRANSACTION_CONTEXT: 36,
  VIEW_CHANGE: 37,
  XA_PREPARE: 38,
  PARTIAL_UPDATE_ROWS: 39,
  TRANSACTION_PAYLOAD: 40,
  HEARTBEAT_V2: 41,
  GTID_TAGGED: 42,
  MARIADB_ANNOTATE_ROWS: 160,
  MARIADB_BINLOG_CHECKPOINT: 161,
  MARIADB_GTID: 162,
  MARIADB_GTID_LIST: 163,
  MARIADB_START_ENCRYPTION: 164,
  MARIADB_QUERY_COMPRESSED: 165,
  MARIADB_WRITE_ROWS_COMPRESSED_V1: 166,
  MARIADB_UPDATE_ROWS_COMPRESSED_V1: 167,
  MARIADB_DELETE_ROWS_COMPRESSED_V1: 168,
  MARIADB_WRITE_ROWS_COMPRESSED: 169,
  MARIADB_UPDATE_ROWS_COMPRESSED: 170,
  MARIADB_DELETE_ROWS_COMPRESSED: 171,
} as const;

/** Names of types that are known but never parsed: MySQL before 5.0 and its unreleased row formats. */
const OLD_NAMES: readonly (readonly [number, string])[] = [
  [0, 'UNKNOWN'],
  [1, 'START_V3'],
  [7, 'SLAVE'],
  [20, 'PRE_GA_WRITE_ROWS'],
  [21, 'PRE_GA_UPDATE_ROWS'],
  [22, 'PRE_GA_DELETE_ROWS'],
];

const NAMES = new Map<number, string>([
  ...OLD_NAMES,
  ...Object.entries(EVENT).map(([name, code]) => [code, name] as const),
]);

/** `WRITE_ROWS`; `event type 77` for a code that no server of ours writes. */
export function eventName(typeCode: number): string {
  return NAMES.get(typeCode) ?? `event type ${typeCode}`;
}

/** Flags of the event header. */
export const FLAG = {
  /** The file is open: set in its format description, cleared at close. Not covered by the checksum. */
  BINLOG_IN_USE: 0x01,
  /** Made up by the server for the dump, not in the file. */
  ARTIFICIAL: 0x20,
  /** A reader that does not know the type may skip it. */
  IGNORABLE: 0x80,
} as const;
