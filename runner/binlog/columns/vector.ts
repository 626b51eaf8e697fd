/** VECTOR (MySQL from 9.0 on): float32 each, little-endian. */
import { CdcError } from '../../../core/errors.ts';
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, viewSized } from './cursor.ts';
import { finite } from './float.ts';
import { lengthBytes } from './sizes.ts';

export function vectorReader(column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  return (c) => {
    const value = viewSized(c, size);
    if (value.length % 4 !== 0) throw new CdcError('CDC_BINLOG_CORRUPT', `vector of ${value.length} bytes`);
    return Float32Array.from({ length: value.length / 4 }, (_item, index) =>
      finite(value.readFloatLE(4 * index)),
    );
  };
}
