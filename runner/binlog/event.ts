/**
 * What the parser makes of a binlog event. Source of the layouts: the MySQL server's
 * libs/mysql/binlog/event headers (mysql.com "Replication Events" manual pages) and MariaDB's "Replication
 * Protocol" pages; each file in events/ opens with its own layout.
 */

/** The 19 bytes before every event. */
export interface EventHeader {
  /** Unix seconds; 0 in artificial events. */
  readonly timestamp: number;
  readonly typeCode: number;
  readonly serverId: number;
  /** Whole event, header and checksum included. */
  readonly eventSize: number;
  /** Position after this event in its file, modulo 2^32; 0 in artificial events and inside compressed payloads. */
  readonly logPos: number;
  readonly flags: number;
}

interface Base {
  readonly header: EventHeader;
}

export interface FormatDescriptionEvent extends Base {
  readonly kind: 'format_description';
  readonly binlogVersion: number;
  readonly serverVersion: string;
  readonly flavor: 'mysql' | 'mariadb';
  readonly checksum: 'none' | 'crc32';
  /** Post-header length of each event type, index = type code - 1. */
  readonly postHeaderLengths: Uint8Array;
}

export interface RotateEvent extends Base {
  readonly kind: 'rotate';
  readonly file: string;
  readonly position: number;
  /** Sent by the server at the start of a dump, not read from the file (flag 0x20 or timestamp 0). */
  readonly artificial: boolean;
}

/** Opens a transaction: GTID_LOG_EVENT, GTID_TAGGED_LOG_EVENT, ANONYMOUS_GTID_LOG_EVENT, MariaDB's GTID_EVENT. */
export interface GtidEvent extends Base {
  readonly kind: 'gtid';
  /** `uuid:gno`, `uuid:tag:gno`, MariaDB `domain-server-seq`; null for ANONYMOUS. */
  readonly gtid: string | null;
  /** Commit time on the original server, microseconds since 1970; null where the server does not write it. */
  readonly commitUs: number | null;
  /** MariaDB: the group is one statement without BEGIN/COMMIT around it (DDL). Always false on MySQL. */
  readonly standalone: boolean;
  /** MariaDB's flag of a group that is an XA PREPARE, or that completes one. */
  readonly xaPrepared: boolean;
  readonly xaCompleted: boolean;
}

/** A set of executed GTIDs at the head of a file: PREVIOUS_GTIDS (MySQL) or GTID_LIST (MariaDB), in text form. */
export interface GtidSetEvent extends Base {
  readonly kind: 'gtid_set';
  readonly gtidSet: string;
}

export interface QueryEvent extends Base {
  readonly kind: 'query';
  /** Default database of the session; '' where none. */
  readonly database: string;
  /** The statement as bytes: its character set is `charsetId`. */
  readonly sql: Buffer;
  /** Collation id of character_set_client; null where the event does not tell. */
  readonly clientCollation: number | null;
  readonly sqlMode: bigint | null;
  readonly errorCode: number;
  /** Collation ids that the session's CREATE DATABASE / TABLE defaults follow from; null where not told. */
  readonly serverCollation: number | null;
  readonly databaseCollation: number | null;
  /** explicit_defaults_for_timestamp of the session; null where not told. */
  readonly explicitTimestamps: boolean | null;
}

export interface XidEvent extends Base {
  readonly kind: 'xid';
}

/** XA PREPARE of MySQL (XA_PREPARE_LOG_EVENT) and MariaDB. onePhase: `XA COMMIT ... ONE PHASE`, commits at once. */
export interface XaPrepareEvent extends Base {
  readonly kind: 'xa_prepare';
  readonly onePhase: boolean;
  /** `X'gtrid',X'bqual',formatId` as the server writes it in XA COMMIT / XA ROLLBACK statements. */
  readonly xid: string;
}

/** One TABLE_MAP: which table the row events with this id speak of, and the wire types of its columns. */
export interface TableMapEvent extends Base {
  readonly kind: 'table_map';
  readonly map: TableMap;
}

export interface TableMap {
  readonly tableId: number;
  readonly database: string;
  readonly table: string;
  /** Wire type codes (MYSQL_TYPE_*), STRING not yet split into CHAR, ENUM, SET. */
  readonly columnTypes: Uint8Array;
  /** Type metadata, a number a column as events/column-meta.ts tells; 0 where the type has none. */
  readonly columnMeta: Uint16Array;
  /** Bit set: the column may be NULL. */
  readonly nullable: Uint8Array;
  /** Optional metadata as parsed; null where the event carries none. */
  readonly metadata: TableMetadata | null;
  /** The event body, for quick equality: a table map with equal bytes has an equal shape. */
  readonly bytes: Buffer;
}

/** The optional metadata block of a TABLE_MAP (binlog_row_metadata); a field is absent where the block is. */
export interface TableMetadata {
  /** Per column; only meaningful for numeric columns. */
  readonly unsigned?: readonly boolean[];
  /** Collation id per column; 0 where the column has none. Covers character columns and, where told, ENUM and SET. */
  readonly collations?: readonly number[];
  readonly names?: readonly string[];
  /** Raw label bytes per column (in the column's character set); null for other columns. */
  readonly setLabels?: readonly (readonly Buffer[] | null)[];
  readonly enumLabels?: readonly (readonly Buffer[] | null)[];
  readonly geometryTypes?: readonly number[];
  /** Column numbers in key order; prefix length in characters, 0 = whole column. */
  readonly primaryKey?: readonly { readonly column: number; readonly prefix: number }[];
  readonly visible?: readonly boolean[];
  readonly vectorDimensions?: readonly number[];
}

export interface RowsEvent extends Base {
  readonly kind: 'rows';
  readonly action: 'insert' | 'update' | 'delete';
  readonly map: TableMap;
  /** Bit 0 of the event's flags: last rows event of its statement. */
  readonly endOfStatement: boolean;
  /** PARTIAL_UPDATE_ROWS_EVENT: the after images may hold JSON diffs. */
  readonly partialJson: boolean;
  readonly columnCount: number;
  /** Bit i set: column i is in the image. For inserts only `present` (after), for deletes only `present` (before). */
  readonly present: Buffer;
  /** Updates: columns of the after image. */
  readonly presentAfter: Buffer;
  /** The row images, without checksum; already decompressed (MariaDB). */
  readonly rows: Buffer;
}

/** zstd-compressed transaction: its inner events come out of `events`, without own checksums. */
export interface TransactionPayloadEvent extends Base {
  readonly kind: 'transaction_payload';
  readonly compression: 'zstd' | 'none';
  readonly uncompressedSize: number;
  readonly payload: Buffer;
}

export interface HeartbeatEvent extends Base {
  readonly kind: 'heartbeat';
  readonly file: string;
  readonly position: number;
}

export interface RowsQueryEvent extends Base {
  readonly kind: 'rows_query';
  readonly sql: Buffer;
}

export interface IncidentEvent extends Base {
  readonly kind: 'incident';
  readonly incident: number;
  readonly message: string;
}

/** A known event that says nothing about rows (STOP, INTVAR, RAND, USER_VAR, VIEW_CHANGE ...), or one flagged ignorable. */
export interface SkippedEvent extends Base {
  readonly kind: 'skipped';
  readonly name: string;
  /** Statement-format data for which no row event will come (LOAD DATA of old: EXECUTE_LOAD_QUERY). */
  readonly carriesData: boolean;
}

export type BinlogEvent =
  | FormatDescriptionEvent
  | RotateEvent
  | GtidEvent
  | GtidSetEvent
  | QueryEvent
  | XidEvent
  | XaPrepareEvent
  | TableMapEvent
  | RowsEvent
  | TransactionPayloadEvent
  | HeartbeatEvent
  | RowsQueryEvent
  | IncidentEvent
  | SkippedEvent;
