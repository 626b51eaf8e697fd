/** CHAR, VARCHAR and TEXT: bytes in the column's character set behind their length. CHAR comes as it was sent. */
import { textDecoder } from '../charset.ts';
import type { ColumnShape } from '../table-shape.ts';
import { uncompressed } from './compressed.ts';
import { type ReadValue, takeSized, viewSized } from './cursor.ts';
import { lengthBytes } from './sizes.ts';

export function textReader(column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  const decode = textDecoder(column.charset);
  if (column.compressed) {
    return (c) => {
      const bytes = uncompressed(viewSized(c, size));
      return decode(bytes, 0, bytes.length);
    };
  }
  return (c) => {
    const start = takeSized(c, size);
    return decode(c.bytes, start, c.at);
  };
}
