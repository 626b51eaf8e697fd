/** Bytes of values, and of the lengths in front of them. */
import { COLUMN_TYPE } from '../column-types.ts';
import type { ColumnShape } from '../table-shape.ts';
import { stringLength } from '../wire-kind.ts';

/** Of the length in front of a value. */
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

/** Of a time in its form from before MySQL 5.6 (temporal-old.ts). */
export function oldTemporalBytes(kind: ColumnShape['kind'], fraction: number): number {
  if (kind === 'datetime') return [8, 6, 6, 7, 7, 7, 8][fraction] ?? 8;
  if (kind === 'time') return [3, 4, 4, 5, 5, 5, 6][fraction] ?? 6;
  return 4 + ((fraction + 1) >> 1);
}
