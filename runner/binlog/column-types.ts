/**
 * Wire type codes of columns (enum_field_types; MySQL include/field_types.h, MariaDB include/mysql_com.h) and the
 * groups that the optional metadata of a table map goes by.
 */
export const COLUMN_TYPE = {
  DECIMAL: 0,
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  NULL: 6,
  TIMESTAMP: 7,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  TIME: 11,
  DATETIME: 12,
  YEAR: 13,
  NEWDATE: 14,
  VARCHAR: 15,
  BIT: 16,
  TIMESTAMP2: 17,
  DATETIME2: 18,
  TIME2: 19,
  /** Hidden column of a multi-valued index (MySQL from 8.0.17 on). */
  TYPED_ARRAY: 20,
  /** MariaDB COMPRESSED columns. */
  BLOB_COMPRESSED: 140,
  VARCHAR_COMPRESSED: 141,
  VECTOR: 242,
  JSON: 245,
  NEWDECIMAL: 246,
  ENUM: 247,
  SET: 248,
  TINY_BLOB: 249,
  MEDIUM_BLOB: 250,
  LONG_BLOB: 251,
  BLOB: 252,
  VAR_STRING: 253,
  STRING: 254,
  GEOMETRY: 255,
} as const;

/** CHAR, ENUM and SET all travel as STRING; the high byte of the metadata tells ENUM and SET apart. */
export function realType(type: number, meta: number): number {
  if (type !== COLUMN_TYPE.STRING) return type;
  const real = meta >> 8;
  return real === COLUMN_TYPE.ENUM || real === COLUMN_TYPE.SET ? real : type;
}

/** Columns that have a sign bit in the metadata. YEAR is among them, as unsigned; BIT and the temporal types are not. */
export function isNumeric(type: number): boolean {
  switch (type) {
    case COLUMN_TYPE.YEAR:
    case COLUMN_TYPE.TINY:
    case COLUMN_TYPE.SHORT:
    case COLUMN_TYPE.INT24:
    case COLUMN_TYPE.LONG:
    case COLUMN_TYPE.LONGLONG:
    case COLUMN_TYPE.NEWDECIMAL:
    case COLUMN_TYPE.FLOAT:
    case COLUMN_TYPE.DOUBLE:
      return true;
    default:
      return false;
  }
}

/** CHAR, VARCHAR, BINARY, VARBINARY, TEXT and BLOB, by the type that realType gave: not ENUM and SET. */
export function isCharacter(type: number): boolean {
  switch (type) {
    case COLUMN_TYPE.STRING:
    case COLUMN_TYPE.VAR_STRING:
    case COLUMN_TYPE.VARCHAR:
    case COLUMN_TYPE.TINY_BLOB:
    case COLUMN_TYPE.MEDIUM_BLOB:
    case COLUMN_TYPE.LONG_BLOB:
    case COLUMN_TYPE.BLOB:
    case COLUMN_TYPE.BLOB_COMPRESSED:
    case COLUMN_TYPE.VARCHAR_COMPRESSED:
      return true;
    default:
      return false;
  }
}

/**
 * Columns that have a place in the metadata's list of collations. MySQL counts VECTOR in and MariaDB GEOMETRY, both
 * as binary (seen on 9.7 and 10.11). ENUM and SET have a list of their own.
 */
export function isInCollationList(type: number, flavor: 'mysql' | 'mariadb'): boolean {
  return isCharacter(type) || type === (flavor === 'mysql' ? COLUMN_TYPE.VECTOR : COLUMN_TYPE.GEOMETRY);
}
