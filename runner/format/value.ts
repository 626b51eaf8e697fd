/** Values as JSON text, in the form that all of our own messages use. */
import type { ColumnShape, ColumnValue } from '../binlog/table-shape.ts';

/** Shortest decimal text that reads back to the same float32. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

const doubleText = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value));

export function encodeValue(column: ColumnShape, value: ColumnValue): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'number':
      if (column.kind === 'float') return floatText(value);
      return column.kind === 'double' ? doubleText(value) : String(value);
    case 'bigint':
      return value.toString();
    case 'string':
      return JSON.stringify(value);
    default:
  }
  if (value instanceof Float32Array) return `[${Array.from(value, floatText).join(',')}]`;
  if (value instanceof Uint8Array) {
    return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  }
  if ('json' in value) return value.json;
  return `{"srid":${value.srid},"wkb_hex":"${Buffer.from(value.wkb).toString('hex')}"}`;
}
