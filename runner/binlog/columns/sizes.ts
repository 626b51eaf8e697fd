/** Bytes of the length in front of a value. */
import { COLUMN_TYPE } from '../column-types.ts';
import type { ColumnShape } from '../table-shape.ts';
import { stringLength } from '../wire-kind.ts';

export function lengthBytes(column: ColumnShape): number {
  switch (column.wireType) {
    case COLUMN_TYPE.VARCHAR:
    case COLUMN_TYPE.VAR_STRING:
    case COLUMN_TYPE.VARCHAR_COMPRESSED:
      return column.meta > 255 ? 2 : 1;
    case COLUMN_TYPE.STRING:
      return stringLength(column.meta) > 255 ? 2 : 1;
    default:
      // the BLOB family, JSON, GEOMETRY, VECTOR: the metadata is that number
      return column.meta;
  }
}
