/** A column as CREATE TABLE and ALTER TABLE define it: name, type, attributes in any order. */
import { parseDataType, type TypeContext } from './data-type.ts';
import type { ColumnPlace, ColumnSpec, TypeSpec } from './schema-change.ts';
import type { Words } from './words.ts';

/** explicit_defaults_for_timestamp of the statement; null: not told. */
export interface ColumnContext extends TypeContext {
  readonly explicitTimestamps: boolean | null;
}

export interface PlacedColumn {
  readonly column: ColumnSpec;
  readonly place: ColumnPlace;
}

/** A collation's name begins with its character set's; MariaDB's short names (`uca1400_ai_ci`) do not tell it. */
export function charsetOfCollation(collation: string): string | null {
  if (collation === 'binary') return 'binary';
  const [charset = ''] = collation.split('_');
  return charset === 'uca1400' || charset === 'default' ? null : canonicalCharset(charset);
}

export const canonicalCharset = (charset: string): string | null =>
  charset === 'utf8' ? 'utf8mb3' : charset === 'default' ? null : charset;

interface Attributes {
  unsigned: boolean;
  charset: string | null;
  compressed: boolean;
  nullable: boolean | null;
  primary: boolean;
  unique: boolean;
  invisible: boolean;
  rowTime: boolean;
  place: ColumnPlace;
}

/** Words that take a value which must not be read as an attribute. */
const TAKES_VALUE = new Set([
  'STORAGE',
  'COLUMN_FORMAT',
  'SRID',
  'ENGINE_ATTRIBUTE',
  'SECONDARY_ENGINE_ATTRIBUTE',
]);

function skipDefault(words: Words): void {
  if (words.parens() !== null) return;
  words.take('-', '+');
  words.at += 1;
  // an introducer or b'…', x'…' before its literal; 1.5; a function's arguments
  if (words.kind === 'string') words.at += 1;
  if (words.take('.')) words.at += 1;
  words.parens();
}

function skipOn(words: Words): void {
  words.at += 1;
  if (words.take('SET', 'NO')) words.at += 1;
  else words.at += 1;
  words.parens();
}

function readAs(words: Words, found: Attributes): void {
  if (words.upper === 'ROW') {
    words.at += 2;
    found.rowTime = true;
  } else words.parens();
}

/** Reads one attribute; the cursor moves on in any case. */
function readAttribute(words: Words, found: Attributes): void {
  const word = words.upper;
  words.at += 1;
  switch (word) {
    case 'UNSIGNED':
    case 'ZEROFILL':
      found.unsigned = true;
      return;
    case 'CHARACTER':
    case 'CHAR':
      if (words.take('SET')) found.charset = canonicalCharset(words.symbol());
      return;
    case 'CHARSET':
      found.charset = canonicalCharset(words.symbol());
      return;
    case 'COLLATE':
      found.charset = charsetOfCollation(words.symbol()) ?? found.charset;
      return;
    case 'ASCII':
      found.charset = 'latin1';
      return;
    case 'UNICODE':
      found.charset = 'ucs2';
      return;
    case 'BYTE':
      found.charset = 'binary';
      return;
    case 'NOT':
      if (words.take('NULL')) found.nullable = false;
      return;
    case 'NULL':
      found.nullable = true;
      return;
    case 'AUTO_INCREMENT':
      found.nullable = false;
      return;
    case 'PRIMARY':
      words.take('KEY');
      found.primary = true;
      return;
    case 'KEY':
      found.primary = true;
      return;
    case 'UNIQUE':
      words.take('KEY', 'INDEX');
      found.unique = true;
      return;
    case 'COMPRESSED':
      found.compressed = true;
      return;
    case 'INVISIBLE':
      found.invisible = true;
      return;
    default:
      readOther(word, words, found);
  }
}

function readOther(word: string, words: Words, found: Attributes): void {
  switch (word) {
    case 'SERIAL':
      if (!words.takeAll('DEFAULT', 'VALUE')) return;
      found.nullable = false;
      found.unique = true;
      return;
    case 'DEFAULT':
      skipDefault(words);
      return;
    case 'ON':
      skipOn(words);
      return;
    case 'COMMENT':
      words.symbol();
      return;
    case 'AS':
      readAs(words, found);
      return;
    case 'FIRST':
      found.place = { kind: 'first' };
      return;
    case 'AFTER':
      found.place = { kind: 'after', column: words.name() ?? '' };
      return;
    case 'CONSTRAINT':
      if (words.upper !== 'CHECK' && words.upper !== 'PRIMARY' && words.upper !== 'UNIQUE') words.name();
      return;
    case '(':
      words.at -= 1;
      words.parens();
      return;
    default:
      if (TAKES_VALUE.has(word)) words.symbol();
  }
}

function nullability(type: TypeSpec, found: Attributes, context: ColumnContext): boolean | null {
  if (found.primary || found.rowTime) return false;
  if (found.nullable !== null) return found.nullable;
  if (type.kind !== 'timestamp') return true;
  return context.explicitTimestamps === null ? null : context.explicitTimestamps;
}

/** The column at the cursor, up to the end of the clause; null where its type is not known. */
export function parseColumn(words: Words, context: ColumnContext): PlacedColumn | null {
  const name = words.name();
  if (name === null) return null;
  const serial = words.upper === 'SERIAL';
  const type = parseDataType(words, context);
  if (type === null) return null;
  const found: Attributes = {
    unsigned: type.unsigned,
    charset: type.charset,
    compressed: false,
    nullable: serial ? false : null,
    primary: false,
    unique: serial,
    invisible: false,
    rowTime: false,
    place: { kind: 'none' },
  };
  while (!words.done) readAttribute(words, found);
  const { unsigned, charset, compressed, primary, unique, invisible, rowTime, place } = found;
  const nullable = nullability(type, found, context);
  return {
    column: {
      name,
      type: { ...type, unsigned, charset, compressed },
      nullable,
      primary,
      unique,
      invisible,
      rowTime,
    },
    place,
  };
}
