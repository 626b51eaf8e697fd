import { unreachable } from '../../../core/assert.ts';
import { CdcError } from '../../../core/errors.ts';
import { decodeText } from '../charset.ts';
import { COLUMN_TYPE } from '../column-types.ts';
import type { ColumnShape, ColumnValue } from '../table-shape.ts';
import { type Cursor, take, takeCounted } from './cursor.ts';
import { decimalLength, readDecimal } from './decimal.ts';
import { jsonText } from './json.ts';
import { bitReader, integerReader, readDouble, readFloat, readYear } from './number.ts';
import {
  fractionBytes,
  readDate,
  readDatetime2,
  readDatetimeOld,
  readTime2,
  readTimeOld,
  readTimestamp2,
  readTimestampOld,
} from './temporal.ts';

type Read = (cursor: Cursor) => ColumnValue;

/** Bytes of the length in front of a value. */
function lengthBytes(column: ColumnShape): number {
  switch (column.wireType) {
    case COLUMN_TYPE.VARCHAR:
    case COLUMN_TYPE.VAR_STRING:
    case COLUMN_TYPE.VARCHAR_COMPRESSED:
      return column.meta > 255 ? 2 : 1;
    case COLUMN_TYPE.STRING:
      return (((column.meta >> 4) & 0x300) ^ 0x300) + (column.meta & 0xff) > 255 ? 2 : 1;
    default:
      return column.meta;
  }
}

function binaryReader(column: ColumnShape): Read {
  const size = lengthBytes(column);
  return (cursor) => {
    const value = takeCounted(cursor, size);
    if (column.kind !== 'binary' || value.length >= column.length) return value;
    const padded = Buffer.alloc(column.length);
    value.copy(padded);
    return padded;
  };
}

function labelsReader(column: ColumnShape): Read {
  const size = column.meta & 0xff;
  if (column.kind === 'enum') {
    return (cursor) => {
      const index = cursor.bytes.readUIntLE(take(cursor, size), size);
      if (index === 0) return '';
      const label = column.labels[index - 1];
      if (label !== undefined) return label;
      throw new CdcError('CDC_SCHEMA_MISMATCH', `column ${column.name} has no label ${index}`);
    };
  }
  return (cursor) => {
    const start = take(cursor, size);
    return column.labels
      .filter((_label, index) => (cursor.bytes.readUInt8(start + (index >> 3)) & (1 << (index & 7))) !== 0)
      .join(',');
  };
}

function temporalReader(column: ColumnShape): Read {
  const { fraction } = column;
  const tail = fractionBytes(fraction);
  switch (column.wireType) {
    case COLUMN_TYPE.DATE:
    case COLUMN_TYPE.NEWDATE:
      return (c) => readDate(c.bytes, take(c, 3));
    case COLUMN_TYPE.DATETIME2:
      return (c) => readDatetime2(c.bytes, take(c, 5 + tail), fraction);
    case COLUMN_TYPE.TIMESTAMP2:
      return (c) => readTimestamp2(c.bytes, take(c, 4 + tail), fraction);
    case COLUMN_TYPE.TIME2:
      return (c) => readTime2(c.bytes, take(c, 3 + tail), fraction);
    case COLUMN_TYPE.DATETIME:
      return (c) => readDatetimeOld(c.bytes, take(c, 8));
    case COLUMN_TYPE.TIMESTAMP:
      return (c) => readTimestampOld(c.bytes, take(c, 4));
    default:
      return (c) => readTimeOld(c.bytes, take(c, 3));
  }
}

/** How a column's values are read; chosen once a shape. */
export function columnReader(column: ColumnShape): Read {
  switch (column.kind) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return integerReader(column);
    case 'year':
      return readYear;
    case 'float':
      return readFloat;
    case 'double':
      return readDouble;
    case 'decimal': {
      const size = decimalLength(column.precision, column.scale);
      return (c) => readDecimal(c.bytes, take(c, size), column.precision, column.scale);
    }
    case 'bit':
      return bitReader(column.length);
    case 'char':
    case 'varchar':
    case 'text': {
      const size = lengthBytes(column);
      return (c) => decodeText(takeCounted(c, size), column.charset);
    }
    case 'enum':
    case 'set':
      return labelsReader(column);
    case 'binary':
    case 'varbinary':
    case 'blob':
    case 'inet4':
    case 'inet6':
    case 'uuid':
      return binaryReader(column);
    case 'date':
    case 'time':
    case 'datetime':
    case 'timestamp':
      return temporalReader(column);
    case 'json': {
      const size = lengthBytes(column);
      return (c) => ({ json: jsonText(takeCounted(c, size)) });
    }
    case 'geometry': {
      const size = lengthBytes(column);
      return (c) => {
        const value = takeCounted(c, size);
        return { srid: value.length < 4 ? 0 : value.readUInt32LE(0), wkb: value.subarray(4) };
      };
    }
    case 'vector': {
      const size = lengthBytes(column);
      return (c) => {
        const value = takeCounted(c, size);
        return Float32Array.from({ length: value.length >> 2 }, (_item, i) => value.readFloatLE(4 * i));
      };
    }
    default:
      return unreachable(column.kind);
  }
}
