/** Values as JSON text, in the form that all of our own messages use. */
import { assert } from '../../core/assert.ts';
import type { ColumnShape, ColumnValue } from '../binlog/table-shape.ts';

/** As many significant digits tell every float32 from every other. */
const FLOAT_DIGITS_MAX = 9;
/** Up to here every float32 that is whole has its own shortest text in String(). */
const FLOAT_EXACT_MAX = 2 ** 24;

/** Above the subnormal range. */
const FLOAT_NORMAL_MIN = 1e-37;

/** The decimal of so many digits that is nearest, and the next one away from zero. */
function candidates(value: number, digits: number): [number, number] {
  const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
  const whole = Number(mantissa.replace('.', ''));
  const next = whole + Math.sign(value);
  return [Number(`${mantissa}e${exponent}`), Number(`${next}e${Number(exponent) - digits + 1}`)];
}

/** Shortest decimal text that reads back to the same float32. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isInteger(value) && Math.abs(value) <= FLOAT_EXACT_MAX) return String(value);
  // in the normal range every decimal of up to six digits survives the way to a float32 and back: what six digits
  // say, without zeros at the end, is the shortest if it reads back at all
  const first = Math.abs(value) >= FLOAT_NORMAL_MIN ? 6 : 1;
  for (let digits = first; digits < FLOAT_DIGITS_MAX; digits += 1) {
    // above a power of two floats lie wider apart than below: there the nearest text may miss, and the next one hit
    const found = candidates(value, digits).find((candidate) => Math.fround(candidate) === value);
    if (found !== undefined) return String(found);
  }
  return String(Number(value.toPrecision(FLOAT_DIGITS_MAX)));
}

const doubleText = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value));

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** JSON text of a value that is in the image. Text is well-formed, so JSON.stringify writes no lone surrogates. */
export function encodeValue(column: ColumnShape, value: ColumnValue): string {
  assert(value !== undefined, `column ${column.name} is in the image`);
  if (value === null) return 'null';
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
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if ('json' in value) return value.json;
  return `{"srid":${value.srid},"wkb_hex":"${Buffer.from(value.wkb).toString('hex')}"}`;
}
