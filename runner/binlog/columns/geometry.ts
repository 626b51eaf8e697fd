/** GEOMETRY and its kinds: the SRID, 4 bytes little-endian, then WKB. */
import { CdcError } from '../../../core/errors.ts';
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, viewSized } from './cursor.ts';
import { lengthBytes } from './sizes.ts';

const SRID_BYTES = 4;

export function geometryReader(column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  return (c) => {
    const value = viewSized(c, size);
    // a NULL geometry that a non-strict writer put into a NOT NULL column is stored as no bytes at all
    if (value.length === 0) return { srid: 0, wkb: value };
    if (value.length < SRID_BYTES) {
      throw new CdcError('CDC_BINLOG_CORRUPT', `geometry of ${value.length} bytes`);
    }
    return { srid: value.readUInt32LE(0), wkb: value.subarray(SRID_BYTES) };
  };
}
