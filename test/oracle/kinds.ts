/** How a value is selected as text, and when it is the one of a message. Nothing of the decoder is used here. */
import { type Exact, ExactNumber, exactText, parseExact, sameExact } from '../support/exact-json.ts';

export type Kind =
  | 'integer'
  | 'float'
  | 'double'
  | 'scaled'
  | 'bit'
  | 'text'
  | 'bytes'
  | 'plain'
  | 'utc'
  | 'json'
  | 'geometry'
  | 'vector';

/** What a server's own text forms leave out. */
export interface Quirks {
  /** MySQL 5.7 writes doubles in documents that are whole without `.0`. */
  readonly wholeDoubles: boolean;
  /** MariaDB writes a negative zero as 0, though it stores and logs its sign. */
  readonly hidesZeroSign: boolean;
}

/** The column as the text that `sameValue` takes; in a session of UTC with an empty sql_mode. */
export function selected(kind: Kind, column: string): string {
  switch (kind) {
    case 'integer':
    case 'bit':
      return `CAST(${column} + 0 AS CHAR)`;
    case 'float':
      // as a double: a float's own text has six digits. Times one, and not plus zero: the zero may be negative
      return `CAST(${column} * 1e0 AS CHAR)`;
    case 'scaled':
      // DOUBLE(m,d) is printed with d digits; with a sign of its own the text is not too long to be cut
      return `CONCAT(IF(${column} < 0, '-', ''), CAST(ABS(${column}) * 1e0 AS CHAR))`;
    case 'text':
      return `HEX(CONVERT(${column} USING utf8mb4))`;
    case 'bytes':
    case 'geometry':
    case 'vector':
      return `HEX(${column})`;
    default:
      return `CAST(${column} AS CHAR)`;
  }
}

const numberText = (value: Exact): string | null => (value instanceof ExactNumber ? value.text : null);

/** Whether no shorter decimal reads back to the same number. */
function isShortest(text: string, read: (text: string) => number): boolean {
  const value = read(text);
  for (let digits = 1; digits <= 17; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (read(String(shorter)) === value) return significant(text) <= significant(String(shorter));
  }
  return true;
}

const significant = (text: string): number =>
  (text.toLowerCase().split('e')[0] ?? '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length;

const readFloat = (text: string): number => Math.fround(Number(text));

function sameNumber(value: Exact, wanted: string, read: (text: string) => number, quirks: Quirks): boolean {
  const text = numberText(value);
  if (text === null || !isShortest(text, read)) return false;
  if (quirks.hidesZeroSign && Number(text) === 0) return read(wanted) === 0;
  return Object.is(read(text), read(wanted));
}

function sameVector(value: Exact, wanted: string, quirks: Quirks): boolean {
  const bytes = Buffer.from(wanted, 'hex');
  if (!Array.isArray(value) || value.length * 4 !== bytes.length) return false;
  return value.every((item: Exact, index) =>
    sameNumber(item, floatText(bytes.readFloatLE(4 * index)), readFloat, quirks),
  );
}

const floatText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function sameGeometry(value: Exact, wanted: string): boolean {
  const bytes = Buffer.from(wanted, 'hex');
  // the implicit default of a NOT NULL column: no bytes at all
  if (bytes.length === 0) return exactText(value) === '{"srid":0,"wkb_hex":""}';
  return exactText(value) === `{"srid":${bytes.readUInt32LE(0)},"wkb_hex":"${bytes.toString('hex', 4)}"}`;
}

/** MySQL prints base64 in lines; 5.7 leaves their ends as they are, which is no JSON. */
function sameJson(value: Exact, wanted: string, wholeDoubles: boolean): boolean {
  return sameExact(value, parseExact(wanted.replaceAll('\n', '\\n')), wholeDoubles);
}

/** `wanted`: what `selected` gave; null is NULL. */
export function sameValue(kind: Kind, value: Exact, wanted: string | null, quirks: Quirks): boolean {
  if (value === null && kind !== 'json') return wanted === null;
  if (wanted === null) return value === null;
  switch (kind) {
    case 'integer':
      return numberText(value) === wanted;
    case 'float':
      return sameNumber(value, wanted, readFloat, quirks);
    case 'double':
      return sameNumber(value, wanted, Number, quirks);
    case 'scaled':
      return sameNumber(value, wanted, Number, { ...quirks, hidesZeroSign: true });
    case 'text':
      return value === Buffer.from(wanted, 'hex').toString('utf8');
    case 'bytes':
      return value === Buffer.from(wanted, 'hex').toString('base64');
    case 'utc':
      return value === `${wanted.replace(' ', 'T')}Z`;
    case 'json':
      return sameJson(value, wanted, quirks.wholeDoubles);
    case 'geometry':
      return sameGeometry(value, wanted);
    case 'vector':
      return sameVector(value, wanted, quirks);
    default:
      return value === wanted;
  }
}
