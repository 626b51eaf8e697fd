import { COLUMN_TYPE, realType } from './column-types.ts';
import type { ColumnKind } from './table-shape.ts';

/** Byte length of a CHAR or BINARY column: bits 8 and 9 stand, inverted, in the real type's bits 4 and 5. */
export const stringLength = (meta: number): number => (((meta >> 4) & 0x300) ^ 0x300) + (meta & 0xff);

/** What a column of a kind looks like on the wire: MariaDB sends some of its types as others. */
export function wireLookAlike(kind: ColumnKind, maria: boolean): ColumnKind {
  switch (kind) {
    case 'inet4':
    case 'inet6':
    case 'uuid':
      return 'binary';
    case 'vector':
      return maria ? 'varbinary' : kind;
    default:
      return kind;
  }
}

/**
 * The kind of a column by its wire type; character types come out as their binary twin where the collation is
 * `binary` (63). null: a type that no row image holds.
 */
export function wireKind(wireType: number, meta: number, binary: boolean): ColumnKind | null {
  switch (realType(wireType, meta)) {
    case COLUMN_TYPE.TINY:
      return 'tinyint';
    case COLUMN_TYPE.SHORT:
      return 'smallint';
    case COLUMN_TYPE.INT24:
      return 'mediumint';
    case COLUMN_TYPE.LONG:
      return 'int';
    case COLUMN_TYPE.LONGLONG:
      return 'bigint';
    case COLUMN_TYPE.YEAR:
      return 'year';
    case COLUMN_TYPE.NEWDECIMAL:
      return 'decimal';
    case COLUMN_TYPE.FLOAT:
      return 'float';
    case COLUMN_TYPE.DOUBLE:
      return 'double';
    case COLUMN_TYPE.BIT:
      return 'bit';
    case COLUMN_TYPE.STRING:
      return binary ? 'binary' : 'char';
    case COLUMN_TYPE.VARCHAR:
    case COLUMN_TYPE.VAR_STRING:
    case COLUMN_TYPE.VARCHAR_COMPRESSED:
      return binary ? 'varbinary' : 'varchar';
    case COLUMN_TYPE.TINY_BLOB:
    case COLUMN_TYPE.BLOB:
    case COLUMN_TYPE.MEDIUM_BLOB:
    case COLUMN_TYPE.LONG_BLOB:
    case COLUMN_TYPE.BLOB_COMPRESSED:
      return binary ? 'blob' : 'text';
    case COLUMN_TYPE.ENUM:
      return 'enum';
    case COLUMN_TYPE.SET:
      return 'set';
    case COLUMN_TYPE.DATE:
    case COLUMN_TYPE.NEWDATE:
      return 'date';
    case COLUMN_TYPE.TIME:
    case COLUMN_TYPE.TIME2:
      return 'time';
    case COLUMN_TYPE.DATETIME:
    case COLUMN_TYPE.DATETIME2:
      return 'datetime';
    case COLUMN_TYPE.TIMESTAMP:
    case COLUMN_TYPE.TIMESTAMP2:
      return 'timestamp';
    case COLUMN_TYPE.JSON:
      return 'json';
    case COLUMN_TYPE.GEOMETRY:
      return 'geometry';
    case COLUMN_TYPE.VECTOR:
      return 'vector';
    default:
      return null;
  }
}
