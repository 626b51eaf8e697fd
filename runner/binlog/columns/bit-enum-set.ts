/**
 * BIT(n): (n + 7) / 8 bytes, big-endian. ENUM: number of the label from 1 on, 1 or 2 bytes little-endian; 0 is the
 * invalid value ''. SET: a bit per label, lowest first, 1, 2, 3, 4 or 8 bytes.
 */
import { CdcError } from '../../../core/errors.ts';
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, take } from './cursor.ts';

/** Up to here a number holds every value. */
const EXACT_BYTES = 6;

function readUIntBE(bytes: Buffer, at: number, size: number): number | bigint {
  if (size <= EXACT_BYTES) return bytes.readUIntBE(at, size);
  let value = 0n;
  for (let i = at; i < at + size; i += 1) value = (value << 8n) | BigInt(bytes.readUInt8(i));
  return value;
}

/** Decimal digits as text: 64 bits do not fit a number. */
export function bitReader(bits: number): ReadValue {
  const size = (bits + 7) >> 3;
  return (c) => String(readUIntBE(c.bytes, take(c, size), size));
}

const unknownLabel = (column: ColumnShape, label: number): CdcError =>
  new CdcError('CDC_SCHEMA_MISMATCH', `it has no label ${label}, only ${column.labels.length}`);

const packLength = (column: ColumnShape): number => column.meta & 0xff;

export function enumReader(column: ColumnShape): ReadValue {
  const size = packLength(column);
  const { labels } = column;
  return (c) => {
    const index = c.bytes.readUIntLE(take(c, size), size);
    if (index === 0) return '';
    const label = labels[index - 1];
    if (label === undefined) throw unknownLabel(column, index);
    return label;
  };
}

export function setReader(column: ColumnShape): ReadValue {
  const size = packLength(column);
  const { labels } = column;
  return (c) => {
    const start = take(c, size);
    let text = '';
    let first = true;
    for (let index = 0; index < 8 * size; index += 1) {
      if ((c.bytes.readUInt8(start + (index >> 3)) & (1 << (index & 7))) === 0) continue;
      const label = labels[index];
      if (label === undefined) throw unknownLabel(column, index + 1);
      text += first ? label : `,${label}`;
      first = false;
    }
    return text;
  };
}
