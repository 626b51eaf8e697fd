/**
 * Data types as CREATE TABLE and ALTER TABLE write them, with their synonyms (MySQL manual, "Data Types" and
 * "Using Data Types from Other Database Engines"; MariaDB, "Data Types", "SQL_MODE=ORACLE").
 */
import type { ColumnKind } from '../../binlog/table-shape.ts';
import type { TypeSpec } from './schema-change.ts';
import type { Token } from './tokens.ts';
import { splitAtCommas, type Words } from './words.ts';

export interface TypeContext {
  readonly flavor: 'mysql' | 'mariadb';
  /** sql_mode REAL_AS_FLOAT. */
  readonly realAsFloat: boolean;
  /** sql_mode ORACLE of MariaDB. */
  readonly oracle: boolean;
}

const NONE: TypeSpec = {
  kind: 'int',
  unsigned: false,
  length: null,
  precision: null,
  scale: null,
  fraction: null,
  labels: null,
  charset: null,
  compressed: false,
};

/** Types whose arguments say nothing that matters to rows (a display width, the size that TEXT(n) asks for). */
const PLAIN: Readonly<Record<string, ColumnKind>> = {
  TINYINT: 'tinyint',
  INT1: 'tinyint',
  BOOL: 'tinyint',
  BOOLEAN: 'tinyint',
  SMALLINT: 'smallint',
  INT2: 'smallint',
  MEDIUMINT: 'mediumint',
  MIDDLEINT: 'mediumint',
  INT3: 'mediumint',
  INT: 'int',
  INTEGER: 'int',
  INT4: 'int',
  BIGINT: 'bigint',
  INT8: 'bigint',
  FLOAT4: 'float',
  FLOAT8: 'double',
  YEAR: 'year',
  TINYTEXT: 'text',
  TEXT: 'text',
  MEDIUMTEXT: 'text',
  LONGTEXT: 'text',
  TINYBLOB: 'blob',
  BLOB: 'blob',
  MEDIUMBLOB: 'blob',
  LONGBLOB: 'blob',
  GEOMETRY: 'geometry',
  POINT: 'geometry',
  LINESTRING: 'geometry',
  POLYGON: 'geometry',
  MULTIPOINT: 'geometry',
  MULTILINESTRING: 'geometry',
  MULTIPOLYGON: 'geometry',
  GEOMETRYCOLLECTION: 'geometry',
  GEOMCOLLECTION: 'geometry',
  VECTOR: 'vector',
  INET4: 'inet4',
  INET6: 'inet6',
  UUID: 'uuid',
};

const TEMPORAL: Readonly<Record<string, ColumnKind>> = {
  TIME: 'time',
  DATETIME: 'datetime',
  TIMESTAMP: 'timestamp',
};
const SIZED: Readonly<Record<string, ColumnKind>> = {
  BIT: 'bit',
  BINARY: 'binary',
  VARBINARY: 'varbinary',
  RAW: 'varbinary',
  CHAR: 'char',
  CHARACTER: 'char',
  NCHAR: 'char',
  VARCHAR: 'varchar',
  VARCHARACTER: 'varchar',
  VARCHAR2: 'varchar',
  NVARCHAR: 'varchar',
};
const DECIMAL = new Set(['DECIMAL', 'DEC', 'NUMERIC', 'FIXED', 'NUMBER']);
const NATIONAL = 'utf8mb3';
/** Above this many digits FLOAT(p) is a DOUBLE. */
const FLOAT_DIGITS_MAX = 24;

function numbers(words: Words): number[] {
  return splitAtCommas(words.parens() ?? []).map((tokens) => Number(tokens[0]?.text));
}

/** Labels in their order; the server strips the spaces at their ends. null: written in a way that is not read here. */
function labelsOf(tokens: readonly Token[]): string[] | null {
  const labels = splitAtCommas(tokens).map((parts) =>
    parts.length === 1 && parts[0]?.kind === 'string' ? parts[0].text.replace(/ +$/, '') : null,
  );
  return labels.every((label) => label !== null) ? labels : null;
}

function sized(name: string, words: Words): TypeSpec {
  let kind = SIZED[name] ?? 'char';
  if (kind === 'char' && words.take('VARYING', 'VARCHAR', 'VARCHARACTER')) kind = 'varchar';
  const [length = 1] = numbers(words);
  const national = name.startsWith('N') ? { charset: NATIONAL } : {};
  return { ...NONE, kind, length, ...national };
}

function decimal(name: string, words: Words): TypeSpec {
  const [precision, scale = 0] = numbers(words);
  // NUMBER without digits is a DOUBLE
  if (name === 'NUMBER' && precision === undefined) return { ...NONE, kind: 'double' };
  return { ...NONE, kind: 'decimal', precision: precision ?? 10, scale };
}

function float(words: Words): TypeSpec {
  const [digits = 0, scale] = numbers(words);
  return { ...NONE, kind: scale === undefined && digits > FLOAT_DIGITS_MAX ? 'double' : 'float' };
}

function long(words: Words): TypeSpec {
  if (words.take('VARBINARY', 'RAW')) return { ...NONE, kind: 'blob' };
  if (words.take('CHAR', 'CHARACTER')) words.take('VARYING');
  else words.take('VARCHAR', 'VARCHARACTER');
  return { ...NONE, kind: 'text' };
}

/** The type at the cursor, without the attributes behind it; null where it is not known. */
export function parseDataType(words: Words, context: TypeContext): TypeSpec | null {
  if (words.kind !== 'word') return null;
  // MariaDB in another mode: mariadb_schema.date
  if (words.ahead(1) === '.') words.at += 2;
  const name = words.upper;
  words.at += 1;
  if (name === 'NATIONAL') {
    const varying = words.take('VARCHAR', 'VARCHARACTER');
    if (!varying) words.at += 1;
    return sized(varying ? 'NVARCHAR' : 'NCHAR', words);
  }
  if (name in SIZED) return sized(name, words);
  if (DECIMAL.has(name)) return decimal(name, words);
  switch (name) {
    case 'FLOAT':
      return float(words);
    case 'DOUBLE':
      words.take('PRECISION');
      words.parens();
      return { ...NONE, kind: 'double' };
    case 'REAL':
      words.parens();
      return { ...NONE, kind: context.realAsFloat ? 'float' : 'double' };
    case 'ENUM':
    case 'SET': {
      const labels = labelsOf(words.parens() ?? []);
      return labels === null ? null : { ...NONE, kind: name === 'ENUM' ? 'enum' : 'set', labels };
    }
    case 'DATE':
      return context.oracle ? { ...NONE, kind: 'datetime', fraction: 0 } : { ...NONE, kind: 'date' };
    case 'JSON':
      return context.flavor === 'mariadb'
        ? { ...NONE, kind: 'text', charset: 'utf8mb4' }
        : { ...NONE, kind: 'json' };
    case 'SERIAL':
      return { ...NONE, kind: 'bigint', unsigned: true };
    case 'LONG':
      return long(words);
    case 'CLOB':
      return { ...NONE, kind: 'text' };
    default:
  }
  const temporal = TEMPORAL[name];
  if (temporal !== undefined) return { ...NONE, kind: temporal, fraction: numbers(words)[0] ?? 0 };
  const kind = PLAIN[name];
  if (kind === undefined) return null;
  words.parens();
  return { ...NONE, kind };
}
