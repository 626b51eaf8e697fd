/**
 * Type metadata of a table map: 0 to 2 bytes a column, by its type (Field::do_save_field_metadata of both
 * servers). As a number it is
 *
 *   FLOAT, DOUBLE                        1 byte   pack length
 *   BLOBs, JSON, GEOMETRY, VECTOR        1 byte   bytes of the value's length
 *   TIME2, DATETIME2, TIMESTAMP2         1 byte   fraction digits
 *   VARCHAR, VAR_STRING                  2 bytes  byte length, little-endian
 *   BIT                                  2 bytes  low: bits beyond whole bytes, high: whole bytes
 *   NEWDECIMAL                           2 bytes  high: precision, low: scale
 *   STRING, ENUM, SET                    2 bytes  high: real type (its bits 4 and 5 carry, inverted, bits 8 and 9
 *                                                 of a CHAR's byte length), low: byte length
 *   TYPED_ARRAY                          1 byte element type, then that type's metadata (VARCHAR: 3 bytes);
 *                                                 the number is the element type
 *   others                               none, 0
 */
import { COLUMN_TYPE } from '../column-types.ts';
import type { ByteReader } from '../reader.ts';

/** Bytes of metadata in the event; null for a type that no server writes. */
function metaLength(type: number): number | null {
  switch (type) {
    case COLUMN_TYPE.FLOAT:
    case COLUMN_TYPE.DOUBLE:
    case COLUMN_TYPE.TINY_BLOB:
    case COLUMN_TYPE.MEDIUM_BLOB:
    case COLUMN_TYPE.LONG_BLOB:
    case COLUMN_TYPE.BLOB:
    case COLUMN_TYPE.BLOB_COMPRESSED:
    case COLUMN_TYPE.JSON:
    case COLUMN_TYPE.GEOMETRY:
    case COLUMN_TYPE.VECTOR:
    case COLUMN_TYPE.TIME2:
    case COLUMN_TYPE.DATETIME2:
    case COLUMN_TYPE.TIMESTAMP2:
      return 1;
    case COLUMN_TYPE.VARCHAR:
    case COLUMN_TYPE.VARCHAR_COMPRESSED:
    case COLUMN_TYPE.VAR_STRING:
    case COLUMN_TYPE.BIT:
    case COLUMN_TYPE.NEWDECIMAL:
    case COLUMN_TYPE.STRING:
    case COLUMN_TYPE.ENUM:
    case COLUMN_TYPE.SET:
      return 2;
    case COLUMN_TYPE.DECIMAL:
    case COLUMN_TYPE.TINY:
    case COLUMN_TYPE.SHORT:
    case COLUMN_TYPE.LONG:
    case COLUMN_TYPE.NULL:
    case COLUMN_TYPE.TIMESTAMP:
    case COLUMN_TYPE.LONGLONG:
    case COLUMN_TYPE.INT24:
    case COLUMN_TYPE.DATE:
    case COLUMN_TYPE.TIME:
    case COLUMN_TYPE.DATETIME:
    case COLUMN_TYPE.YEAR:
    case COLUMN_TYPE.NEWDATE:
      return 0;
    default:
      return null;
  }
}

function lengthOf(reader: ByteReader, type: number, column: number): number {
  const length = metaLength(type);
  if (length === null) throw reader.fail(`column ${column} has the unknown type ${type}`);
  return length;
}

function typedArray(reader: ByteReader, column: number): number {
  const element = reader.u8('element type');
  reader.take(element === COLUMN_TYPE.VARCHAR ? 3 : lengthOf(reader, element, column), 'element metadata');
  return element;
}

/** Whether a server can have written this number for the type: what no column can be is damage, told here once. */
function isPossible(type: number, meta: number): boolean {
  const [high, low] = [meta >> 8, meta & 0xff];
  switch (type) {
    case COLUMN_TYPE.FLOAT:
      return meta === 4;
    case COLUMN_TYPE.DOUBLE:
      return meta === 8;
    case COLUMN_TYPE.BLOB:
    case COLUMN_TYPE.BLOB_COMPRESSED:
    case COLUMN_TYPE.JSON:
    case COLUMN_TYPE.GEOMETRY:
    case COLUMN_TYPE.VECTOR:
      return meta >= 1 && meta <= 4;
    case COLUMN_TYPE.TIME2:
    case COLUMN_TYPE.DATETIME2:
    case COLUMN_TYPE.TIMESTAMP2:
      return meta <= 6;
    case COLUMN_TYPE.BIT:
      return low < 8 && high * 8 + low >= 1 && high * 8 + low <= 64;
    case COLUMN_TYPE.NEWDECIMAL:
      return high >= 1 && high <= 65 && low <= high;
    default:
      return true;
  }
}

function columnMeta(reader: ByteReader, type: number, column: number): number {
  const meta = readMeta(reader, type, column);
  if (!isPossible(type, meta))
    throw reader.fail(`column ${column} of type ${type} has the impossible metadata ${meta}`);
  return meta;
}

function readMeta(reader: ByteReader, type: number, column: number): number {
  if (type === COLUMN_TYPE.TYPED_ARRAY) return typedArray(reader, column);
  switch (lengthOf(reader, type, column)) {
    case 0:
      return 0;
    case 1:
      return reader.u8('column metadata');
    default:
      break;
  }
  const little =
    type === COLUMN_TYPE.VARCHAR ||
    type === COLUMN_TYPE.VARCHAR_COMPRESSED ||
    type === COLUMN_TYPE.VAR_STRING ||
    type === COLUMN_TYPE.BIT;
  const value = reader.u16('column metadata');
  return little ? value : ((value & 0xff) << 8) | (value >> 8);
}

export function parseColumnMeta(reader: ByteReader, columnTypes: Uint8Array): Uint16Array {
  const metas = new Uint16Array(columnTypes.length);
  for (const [column, type] of columnTypes.entries()) metas[column] = columnMeta(reader, type, column);
  if (reader.left > 0) throw reader.fail(`${reader.left} bytes of type metadata too many`);
  return metas;
}
