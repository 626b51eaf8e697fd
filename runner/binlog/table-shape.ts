/**
 * The shape of a table as of one event: what the decoder needs to turn row images into named values.
 */

/** The SQL type of a column as far as decoding and encoding differ. */
export type ColumnKind =
  | 'tinyint'
  | 'smallint'
  | 'mediumint'
  | 'int'
  | 'bigint'
  | 'year'
  | 'decimal'
  | 'float'
  | 'double'
  | 'bit'
  | 'char'
  | 'varchar'
  | 'text'
  | 'enum'
  | 'set'
  | 'binary'
  | 'varbinary'
  | 'blob'
  | 'date'
  | 'time'
  | 'datetime'
  | 'timestamp'
  | 'json'
  | 'geometry'
  | 'vector'
  | 'inet4'
  | 'inet6'
  | 'uuid';

/** What the schema (information_schema or DDL) says of a column, where the table map does not say it. */
export interface ColumnDefinition {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly unsigned: boolean;
  /** CHAR, VARCHAR: characters; BINARY, VARBINARY: bytes; BIT: bits; else null. */
  readonly length: number | null;
  /** DECIMAL. */
  readonly precision: number | null;
  readonly scale: number | null;
  /** Fractional seconds digits of TIME, DATETIME, TIMESTAMP; else null. */
  readonly fraction: number | null;
  /** MySQL's name of the character set of text, ENUM, SET; else null. */
  readonly charset: string | null;
  readonly labels: readonly string[] | null;
  /** Not told of by tables that were kept by older versions. */
  readonly invisible?: boolean;
  /** null: not known (a TIMESTAMP of a server that does not tell explicit_defaults_for_timestamp). */
  readonly nullable: boolean | null;
  /** MariaDB COMPRESSED column. */
  readonly compressed: boolean;
}

/** A table as the schema has it, in the column order of the row images (hidden generated keys included). */
export interface TableDefinition {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly ColumnDefinition[];
  /** Column names in key order; empty where there is none. */
  readonly primaryKey: readonly string[];
  /** The unique key over not-null columns that stands in for a missing primary key; empty where there is none. */
  readonly uniqueKey: readonly string[];
}

/** One column, ready to decode. */
export interface ColumnShape {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Wire type code (ENUM, SET and CHAR told apart) and its metadata. */
  readonly wireType: number;
  readonly meta: number;
  readonly unsigned: boolean;
  /** Bytes to pad BINARY(n) to; bits of BIT; 0 otherwise. */
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly fraction: number;
  /** MySQL's character set name; '' for columns without one. */
  readonly charset: string;
  readonly labels: readonly string[];
  readonly compressed: boolean;
}

export interface TableShape {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly ColumnShape[];
  /** Column numbers of the message key, in key order: primary key, else unique not-null key, else empty. */
  readonly key: readonly number[];
}

/** A MySQL JSON value as JSON text. */
export interface JsonText {
  readonly json: string;
}

export interface Geometry {
  readonly srid: number;
  readonly wkb: Uint8Array;
}

/**
 * A decoded value. undefined: the column is not in the row image. Integers above 2^53 are bigint; DECIMAL,
 * BIT, temporal values, text, ENUM, SET, INET, UUID are strings in the form that messages use.
 */
export type ColumnValue =
  | undefined
  | null
  | number
  | bigint
  | string
  | Uint8Array
  | JsonText
  | Geometry
  | Float32Array;

export interface DecodedRow {
  /** Values in column order; null where the action has no such image. */
  readonly before: readonly ColumnValue[] | null;
  readonly after: readonly ColumnValue[] | null;
}
