/** How a column's values are read; chosen once a shape. */
import { unreachable } from '../../../core/assert.ts';
import { COLUMN_TYPE } from '../column-types.ts';
import type { ColumnShape } from '../table-shape.ts';
import { bitReader, enumReader, setReader } from './bit-enum-set.ts';
import { binaryReader, blobReader } from './blob.ts';
import type { ReadValue } from './cursor.ts';
import { decimalReader } from './decimal.ts';
import { readDouble, readFloat } from './float.ts';
import { geometryReader } from './geometry.ts';
import { addressReader } from './inet-uuid.ts';
import { integerReader, readYear } from './integer.ts';
import { jsonReader } from './json.ts';
import { datetimeReader, readDate, timeReader, timestampReader } from './temporal.ts';
import { oldDatetimeReader, oldTimeReader, oldTimestampReader } from './temporal-old.ts';
import { textReader } from './text.ts';
import { vectorReader } from './vector.ts';

export function columnReader(column: ColumnShape): ReadValue {
  const { kind, wireType } = column;
  switch (kind) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return integerReader(kind, column);
    case 'year':
      return readYear;
    case 'decimal':
      return decimalReader(column);
    case 'float':
      return readFloat;
    case 'double':
      return readDouble;
    case 'bit':
      return bitReader(column.length);
    case 'char':
    case 'varchar':
    case 'text':
      return textReader(column);
    case 'enum':
      return enumReader(column);
    case 'set':
      return setReader(column);
    case 'binary':
      return binaryReader(column);
    case 'varbinary':
    case 'blob':
      return blobReader(column);
    case 'date':
      return readDate;
    case 'time':
      return wireType === COLUMN_TYPE.TIME2 ? timeReader(column) : oldTimeReader(column);
    case 'datetime':
      return wireType === COLUMN_TYPE.DATETIME2 ? datetimeReader(column) : oldDatetimeReader(column);
    case 'timestamp':
      return wireType === COLUMN_TYPE.TIMESTAMP2 ? timestampReader(column) : oldTimestampReader(column);
    case 'json':
      return jsonReader(column);
    case 'geometry':
      return geometryReader(column);
    case 'vector':
      return vectorReader(column);
    case 'inet4':
    case 'inet6':
    case 'uuid':
      return addressReader(kind, column);
    default:
      return unreachable(kind);
  }
}
