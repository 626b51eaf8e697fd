/**
 * Scalars of binary JSON as JSON text, in the form of CAST(... AS CHAR). An opaque value is a column type code (1
 * byte), a length and the value: DECIMAL as precision, scale and the column's own form; dates and times as 8 bytes
 * LE; the rest as base64.
 */
import { COLUMN_TYPE } from '../column-types.ts';
import { decimalLayout } from './decimal.ts';
import { doubleJsonText } from './double-text.ts';
import { corruptJson, JSON_TYPE, type JsonDocument, type JsonPlace } from './json-layout.ts';
import { clockText, dateText } from './temporal.ts';

const LITERALS = ['null', 'true', 'false'] as const;
const TEMPORAL_BYTES = 8;
/** The server's encoder breaks its lines. */
const BASE64_LINE = 76;

export function scalarText(document: JsonDocument, place: JsonPlace): string {
  const { bytes } = document;
  const { type, at, end } = place;
  const need = (size: number): number => {
    document.need(at, size, end);
    return at;
  };
  switch (type) {
    case JSON_TYPE.LITERAL:
      return literalText(bytes.readUInt8(need(1)));
    case JSON_TYPE.INT16:
      return String(bytes.readInt16LE(need(2)));
    case JSON_TYPE.UINT16:
      return String(bytes.readUInt16LE(need(2)));
    case JSON_TYPE.INT32:
      return String(bytes.readInt32LE(need(4)));
    case JSON_TYPE.UINT32:
      return String(bytes.readUInt32LE(need(4)));
    case JSON_TYPE.INT64:
      return String(bytes.readBigInt64LE(need(8)));
    case JSON_TYPE.UINT64:
      return String(bytes.readBigUInt64LE(need(8)));
    case JSON_TYPE.DOUBLE:
      return doubleText(bytes.readDoubleLE(need(8)));
    case JSON_TYPE.STRING: {
      const text = document.sized(at, end);
      return JSON.stringify(bytes.toString('utf8', text.start, text.end));
    }
    case JSON_TYPE.OPAQUE:
      return opaqueText(document, place);
    default:
      throw corruptJson(`type ${type} is not known`);
  }
}

function literalText(value: number): string {
  const text = LITERALS[value];
  if (text === undefined) throw corruptJson(`literal ${value} is not known`);
  return text;
}

function doubleText(value: number): string {
  if (!Number.isFinite(value)) throw corruptJson(`${value} is no JSON number`);
  return doubleJsonText(value);
}

function opaqueText(document: JsonDocument, place: JsonPlace): string {
  document.need(place.at, 1, place.end);
  const columnType = document.bytes.readUInt8(place.at);
  const { start, end } = document.sized(place.at + 1, place.end);
  const value = document.bytes.subarray(start, end);
  switch (columnType) {
    case COLUMN_TYPE.NEWDECIMAL:
      return decimalText(value);
    case COLUMN_TYPE.DATE:
      return `"${temporal(value).date}"`;
    case COLUMN_TYPE.TIME:
      return `"${timeText(value)}"`;
    case COLUMN_TYPE.DATETIME:
    case COLUMN_TYPE.TIMESTAMP: {
      const { date, clock, micros } = temporal(value);
      return `"${date} ${clock}.${micros}"`;
    }
    default:
      return JSON.stringify(`base64:type${columnType}:${base64Lines(value)}`);
  }
}

function decimalText(value: Buffer): string {
  const [precision = 0, scale = 0] = value;
  // up to (66,30) was seen: one digit more than a column can have
  if (precision === 0 || scale > precision) throw corruptJson(`DECIMAL(${precision},${scale})`);
  const layout = decimalLayout(precision, scale);
  if (value.length !== 2 + layout.bytes) throw corruptJson(`DECIMAL of ${value.length - 2} bytes`);
  return layout.read(value, 2);
}

/** 40 bits of a date and time, or a time, above 24 bits of microseconds; of a negative time all of it negated. */
function unpack(value: Buffer): { negative: boolean; high: number; micros: string } {
  if (value.length !== TEMPORAL_BYTES) throw corruptJson(`date or time of ${value.length} bytes`);
  const packed = value.readBigInt64LE(0);
  const absolute = packed < 0n ? -packed : packed;
  return {
    negative: packed < 0n,
    high: Number(absolute >> 24n),
    micros: String(absolute & 0xff_ffffn).padStart(6, '0'),
  };
}

function temporal(value: Buffer): { date: string; clock: string; micros: string } {
  const { high, micros } = unpack(value);
  const days = Math.floor(high / 2 ** 17);
  return { date: dateText(days >> 5, days & 31), clock: clockText(high % 2 ** 17), micros };
}

function timeText(value: Buffer): string {
  const { negative, high, micros } = unpack(value);
  return `${negative ? '-' : ''}${clockText(high % 2 ** 22)}.${micros}`;
}

function base64Lines(value: Buffer): string {
  return value.toString('base64').replace(new RegExp(`.{${BASE64_LINE}}(?=.)`, 'g'), '$&\n');
}
