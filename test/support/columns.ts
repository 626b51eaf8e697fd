/** Columns and values by hand, for tests of the decoder. */
import { columnReader } from '../../runner/binlog/columns/column-reader.ts';
import type { ColumnKind, ColumnShape, ColumnValue } from '../../runner/binlog/table-shape.ts';

export function column(kind: ColumnKind, more: Partial<ColumnShape> = {}): ColumnShape {
  return {
    name: 'c',
    kind,
    wireType: 0,
    meta: 0,
    unsigned: false,
    length: 0,
    precision: 0,
    scale: 0,
    fraction: 0,
    charset: '',
    labels: [],
    compressed: false,
    ...more,
  };
}

export const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** The value of a column whose bytes these are; fails unless the reader takes all of them. */
export function readValue(shape: ColumnShape, wire: Buffer | string): ColumnValue {
  const buffer = typeof wire === 'string' ? bytes(wire) : wire;
  const cursor = { bytes: buffer, at: 0, end: buffer.length };
  const value = columnReader(shape)(cursor);
  if (cursor.at !== buffer.length) throw new Error(`${cursor.at} of ${buffer.length} bytes were read`);
  return value;
}
