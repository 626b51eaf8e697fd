/** Tables as information_schema has them, columns in the order of the row images. */
import type { ColumnKind } from '../../binlog/table-shape.ts';
import type { TableName } from '../ddl/table-name.ts';
import type { Known } from './catalog.ts';
import { type CatalogColumn, type CatalogIndex, MADE_UP_KEY } from './catalog-table.ts';

export type Query = (
  sql: string,
  params: readonly unknown[],
) => Promise<readonly Readonly<Record<string, string | null>>[]>;

const KINDS: Readonly<Record<string, ColumnKind>> = {
  tinyint: 'tinyint',
  smallint: 'smallint',
  mediumint: 'mediumint',
  int: 'int',
  bigint: 'bigint',
  year: 'year',
  decimal: 'decimal',
  float: 'float',
  double: 'double',
  bit: 'bit',
  char: 'char',
  varchar: 'varchar',
  tinytext: 'text',
  text: 'text',
  mediumtext: 'text',
  longtext: 'text',
  enum: 'enum',
  set: 'set',
  binary: 'binary',
  varbinary: 'varbinary',
  tinyblob: 'blob',
  blob: 'blob',
  mediumblob: 'blob',
  longblob: 'blob',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  timestamp: 'timestamp',
  json: 'json',
  vector: 'vector',
  geometry: 'geometry',
  point: 'geometry',
  linestring: 'geometry',
  polygon: 'geometry',
  multipoint: 'geometry',
  multilinestring: 'geometry',
  multipolygon: 'geometry',
  geomcollection: 'geometry',
  geometrycollection: 'geometry',
  inet4: 'inet4',
  inet6: 'inet6',
  uuid: 'uuid',
};

type Row = Readonly<Record<string, string | null>>;

const number = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Number(text);

const LABEL_ESCAPES: Readonly<Record<string, string>> = {
  '\\n': '\n',
  '\\r': '\r',
  '\\0': '\0',
  '\\\\': '\\',
  "''": "'",
};

/** The labels of `enum('a','b''c')`, as the server writes them: quotes doubled, `\\ \n \r \0` for what would not show. */
export function parseLabels(columnType: string): string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map((match) =>
    (match[1] ?? '').replaceAll(/\\[nr0\\]|''/g, (text) => LABEL_ESCAPES[text] ?? text),
  );
}

const CHARACTERS = new Set<ColumnKind>(['char', 'varchar']);
const BYTES = new Set<ColumnKind>(['binary', 'varbinary']);
const FRACTIONS = new Set<ColumnKind>(['time', 'datetime', 'timestamp']);

function lengthOf(kind: ColumnKind, row: Row): number | null {
  if (kind === 'bit') return number(row.num_precision);
  if (CHARACTERS.has(kind)) return number(row.chars);
  return BYTES.has(kind) ? number(row.octets) : null;
}

function columnOf(row: Row): CatalogColumn | null {
  const kind = KINDS[(row.type ?? '').toLowerCase()];
  if (kind === undefined || row.name === null || row.name === undefined) return null;
  const columnType = row.column_type ?? '';
  const charset = row.charset === 'utf8' ? 'utf8mb3' : (row.charset ?? null);
  return {
    name: row.name,
    kind,
    unsigned: / unsigned/i.test(columnType),
    length: lengthOf(kind, row),
    precision: kind === 'decimal' ? number(row.num_precision) : null,
    scale: kind === 'decimal' ? number(row.num_scale) : null,
    fraction: FRACTIONS.has(kind) ? (number(row.fraction) ?? 0) : null,
    charset: charset === 'binary' ? null : charset,
    labels: kind === 'enum' || kind === 'set' ? parseLabels(columnType) : null,
    nullable: row.nullable === 'YES',
    compressed: /COMPRESSED/.test(columnType),
    ...(row.name === MADE_UP_KEY && /INVISIBLE/.test(row.extra ?? '') ? { invisible: true } : {}),
  };
}

const keyOf = (row: Row): string => JSON.stringify([row.table_schema, row.table_name]);

function grouped(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

function indexesOf(rows: readonly Row[]): CatalogIndex[] {
  const names = [...new Set(rows.map((row) => row.index_name ?? ''))];
  return names.map((name) => {
    const own = rows.filter((row) => row.index_name === name);
    const parts = own.map((row) => ({ column: row.col ?? null, prefix: row.prefix !== null }));
    return { name, primary: name === 'PRIMARY', unique: own[0]?.non_unique === '0', parts };
  });
}

function tableOf(table: Row, columnRows: readonly Row[], indexRows: readonly Row[]): Known {
  const columns = columnRows.map(columnOf);
  const known = columns.filter((column) => column !== null);
  if (known.length === 0 || known.length !== columns.length) return 'unknown';
  const named = columnRows.some((row) => /^ROW (START|END)$/i.test(row.generation ?? ''));
  const versioned = table.table_type === 'SYSTEM VERSIONED' ? (named ? 'named' : 'hidden') : 'no';
  const [charset = null] = table.table_collation?.split('_') ?? [];
  return {
    charset: charset === 'utf8' ? 'utf8mb3' : charset,
    columns: known,
    indexes: indexesOf(indexRows),
    versioned,
  };
}

const SYSTEM = "('mysql', 'sys', 'performance_schema', 'information_schema')";

/** One table by its name, or every table of every database of users (`only` null). */
export async function readTables(
  query: Query,
  only: TableName | null,
): Promise<Map<string, { name: TableName; table: Known }>> {
  const where = only === null ? `table_schema NOT IN ${SYSTEM}` : 'table_schema = ? AND table_name = ?';
  const params = only === null ? [] : [only.database, only.table];
  const tables = await query(
    'SELECT table_schema AS table_schema, table_name AS table_name, table_type AS table_type, ' +
      `table_collation AS table_collation FROM information_schema.tables WHERE ${where} AND table_type <> 'VIEW'`,
    params,
  );
  const columns = grouped(
    await query(
      'SELECT table_schema AS table_schema, table_name AS table_name, column_name AS name, data_type AS type, ' +
        'column_type AS column_type, character_maximum_length AS chars, character_octet_length AS octets, ' +
        'numeric_precision AS num_precision, numeric_scale AS num_scale, datetime_precision AS fraction, ' +
        'character_set_name AS charset, is_nullable AS nullable, extra AS extra, generation_expression AS generation ' +
        `FROM information_schema.columns WHERE ${where} ORDER BY table_schema, table_name, ordinal_position`,
      params,
    ),
  );
  const indexes = grouped(
    await query(
      'SELECT table_schema AS table_schema, table_name AS table_name, index_name AS index_name, ' +
        'column_name AS col, non_unique AS non_unique, sub_part AS prefix FROM information_schema.statistics ' +
        `WHERE ${where} ORDER BY table_schema, table_name, index_name, seq_in_index`,
      params,
    ),
  );
  return new Map(
    tables.map((row) => {
      const key = keyOf(row);
      const name = { database: row.table_schema ?? '', table: row.table_name ?? '' };
      return [key, { name, table: tableOf(row, columns.get(key) ?? [], indexes.get(key) ?? []) }];
    }),
  );
}

/** The default character set of each database of users. */
export async function readDatabases(query: Query): Promise<Map<string, string>> {
  const rows = await query(
    'SELECT schema_name AS name, default_character_set_name AS charset FROM information_schema.schemata ' +
      `WHERE schema_name NOT IN ${SYSTEM}`,
    [],
  );
  return new Map(
    rows.map((row) => [row.name ?? '', row.charset === 'utf8' ? 'utf8mb3' : (row.charset ?? '')]),
  );
}
