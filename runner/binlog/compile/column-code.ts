/** Source text that reads one column's value and writes it as JSON text, and that skips it. */
import { COLUMN_TYPE } from '../column-types.ts';
import { lengthBytes, oldTemporalBytes } from '../columns/sizes.ts';
import type { ColumnShape } from '../table-shape.ts';
import { decimalGroups } from './decimal-text.ts';
import { jsonRoom } from './json-text.ts';
import { singleByteTable } from './string-text.ts';

/** Constants that the generated text refers to by name. */
export interface Constants {
  add(value: unknown): string;
}

/**
 * In the text: s state, b bytes, d source, p where to read, q where to write, o target, w out, n a length, FIXED the
 * room that the rest of the function needs.
 */
export interface ColumnCode {
  /** Moves p past the value. */
  readonly skip: string;
  /** Moves p past the value and q past its text. */
  readonly write: string;
  /** Longest text; of a value of any length only what is beside it. */
  readonly roomBytes: number;
}

const UTF8 = new Set(['utf8mb4', 'utf8mb3', 'utf8']);
/** Above this the room for a text is counted, not taken for the worst case. */
const COUNTED_BYTES = 16_384;

const lengthCode = (bytes: number): string =>
  [
    '',
    'n = b[p]; p += 1;',
    'n = d.getUint16(p, true); p += 2;',
    'n = b[p] | (b[p + 1] << 8) | (b[p + 2] << 16); p += 3;',
    'n = d.getUint32(p, true); p += 4;',
  ][bytes] ?? 'throw GIVE_UP;';

const fixed = (size: number, write: string, roomBytes: number): ColumnCode => ({
  skip: `p += ${size};`,
  write: `${write} p += ${size};`,
  roomBytes,
});

/** A value behind its length; `room` and `write` are text in terms of n and p. */
function sized(column: ColumnShape, room: string, write: string): ColumnCode {
  const length = lengthCode(lengthBytes(column));
  return {
    skip: `${length} p += n;`,
    write:
      `${length} if (p + n > s.end) throw GIVE_UP; ` +
      `if (q + 6 * n + FIXED > o.length) { makeRoom(s, q, ${room} + FIXED); o = s.target; w = s.out; } ` +
      `${write} p += n;`,
    roomBytes: 16,
  };
}

/** By the reader of the interpreted path: what is rare. */
function interpreted(column: ColumnShape, skip: string, constants: Constants): ColumnCode {
  const name = constants.add(column);
  return {
    skip,
    write: `s.from = p; q = interpret(s, ${name}, q, FIXED); p = s.from; o = s.target; w = s.out;`,
    roomBytes: 16,
  };
}

function integerCode(column: ColumnShape): ColumnCode {
  const { kind, unsigned } = column;
  const put = (size: number, read: string, room: number): ColumnCode =>
    fixed(size, `q = ${unsigned ? 'putUnsigned' : 'putInteger'}(w, q, ${read});`, room);
  switch (kind) {
    case 'tinyint':
      return put(1, unsigned ? 'b[p]' : 'd.getInt8(p)', 4);
    case 'smallint':
      return put(2, unsigned ? 'd.getUint16(p, true)' : 'd.getInt16(p, true)', 6);
    case 'mediumint':
      return put(
        3,
        unsigned
          ? 'd.getUint16(p, true) | (b[p + 2] << 16)'
          : 'd.getUint16(p, true) | (d.getInt8(p + 2) << 16)',
        8,
      );
    case 'int':
      return put(4, unsigned ? 'd.getUint32(p, true)' : 'd.getInt32(p, true)', 11);
    default:
      return fixed(8, `q = ${unsigned ? 'putUint64' : 'putInt64'}(d, p, w, q);`, 20);
  }
}

function textCode(column: ColumnShape, constants: Constants): ColumnCode {
  const skip = `${lengthCode(lengthBytes(column))} p += n;`;
  if (column.compressed) return interpreted(column, skip, constants);
  const counted = (growth: number): string =>
    `(n > ${COUNTED_BYTES} ? ${growth} * n + 8 + escapeGrowth(b, p, p + n) : 6 * n)`;
  const quoted = (put: string): string => `o[q] = 34; q = ${put}; o[q] = 34; q += 1;`;
  if (UTF8.has(column.charset)) return sized(column, counted(1), quoted('putUtf8(s, p, n, q + 1)'));
  const table = singleByteTable(column.charset);
  if (table === null) return interpreted(column, skip, constants);
  return sized(column, counted(3), quoted(`putSingleByte(s, p, n, q + 1, ${constants.add(table)})`));
}

function bytesCode(column: ColumnShape, constants: Constants): ColumnCode {
  const skip = `${lengthCode(lengthBytes(column))} p += n;`;
  if (column.compressed) return interpreted(column, skip, constants);
  const whole = column.kind === 'binary' ? column.length : 0;
  const code = sized(
    column,
    '(2 * n + 8)',
    `o[q] = 34; q = putBase64(s, p, n, ${whole}, q + 1); o[q] = 34; q += 1;`,
  );
  return { ...code, roomBytes: 16 + 2 * whole };
}

function enumCode(column: ColumnShape, constants: Constants): ColumnCode {
  const size = column.meta & 0xff;
  const texts = ['', ...column.labels].map((label) => Buffer.from(JSON.stringify(label)));
  const name = constants.add(texts);
  const read = size === 1 ? 'b[p]' : 'd.getUint16(p, true)';
  return fixed(
    size,
    `q = putBytes(o, q, ${name}[${read}]);`,
    Math.max(...texts.map((text) => text.length)) + 8,
  );
}

function bitCode(column: ColumnShape, constants: Constants): ColumnCode {
  const size = (column.length + 7) >> 3;
  if (size > 4) return interpreted(column, `p += ${size};`, constants);
  const bytes = Array.from({ length: size }, (_item, index) => `b[p + ${index}]`);
  const value = bytes.reduce((sum, byte) => `(${sum} * 256 + ${byte})`);
  return fixed(size, `o[q] = 34; q = putUnsigned(w, q + 1, ${value}); o[q] = 34; q += 1;`, 16);
}

function temporalCode(column: ColumnShape, constants: Constants): ColumnCode {
  const { kind, wireType, fraction } = column;
  const size = (fraction + 1) >> 1;
  const room = 32 + fraction;
  if (wireType === COLUMN_TYPE.DATETIME2)
    return fixed(5 + size, `q = putDatetime(d, p, w, q, ${fraction});`, room);
  if (wireType === COLUMN_TYPE.TIMESTAMP2)
    return fixed(4 + size, `q = putTimestamp(d, p, w, q, ${fraction});`, room);
  if (wireType === COLUMN_TYPE.TIME2) return fixed(3 + size, `q = putTime(d, p, w, q, ${fraction});`, room);
  return interpreted(column, `p += ${oldTemporalBytes(kind, fraction)};`, constants);
}

export function columnCode(column: ColumnShape, constants: Constants): ColumnCode {
  switch (column.kind) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return integerCode(column);
    case 'year':
      return fixed(1, 'n = b[p]; q = putUnsigned(w, q, n === 0 ? 0 : 1900 + n);', 4);
    case 'decimal': {
      const groups = decimalGroups(column.precision, column.scale);
      const put = `putDecimal(d, p, w, q + 1, ${constants.add(groups)})`;
      return fixed(groups.bytes, `o[q] = 34; q = ${put}; o[q] = 34; q += 1;`, 80);
    }
    case 'float':
      return fixed(4, `q = putFloat(d.getFloat32(p, true), w, q, ${constants.add(column)});`, 32);
    case 'double':
      return fixed(8, 'q = putDouble(d.getFloat64(p, true), w, q);', 32);
    case 'date':
      return fixed(3, 'q = putDate(d, p, w, q);', 16);
    case 'time':
    case 'datetime':
    case 'timestamp':
      return temporalCode(column, constants);
    case 'bit':
      return bitCode(column, constants);
    case 'enum':
      return enumCode(column, constants);
    case 'set':
      return interpreted(column, `p += ${column.meta & 0xff};`, constants);
    case 'char':
    case 'varchar':
    case 'text':
      return textCode(column, constants);
    case 'binary':
    case 'varbinary':
    case 'blob':
      return bytesCode(column, constants);
    case 'json':
      return { ...sized(column, 'jsonRoom(n)', 'q = putJson(s, p, n, q);'), roomBytes: jsonRoom(0) };
    default:
      return interpreted(column, `${lengthCode(lengthBytes(column))} p += n;`, constants);
  }
}
