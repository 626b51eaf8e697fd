/** One table's definition from information_schema, in the order of the row images. */
import type { ColumnDefinition, ColumnKind, TableDefinition } from '../binlog/table-shape.ts';

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

const number = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Number(text);

/** The labels of `enum('a','b''c')`; the server doubles quotes and escapes nothing else here. */
export function parseLabels(columnType: string): string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"));
}

function columnOf(row: Readonly<Record<string, string | null>>): ColumnDefinition | null {
  const kind = KINDS[(row.type ?? '').toLowerCase()];
  if (kind === undefined || row.name === null || row.name === undefined) return null;
  const columnType = row.column_type ?? '';
  const bytes = kind === 'binary' || kind === 'varbinary';
  return {
    name: row.name,
    kind,
    unsigned: / unsigned/i.test(columnType),
    length: kind === 'bit' ? number(row.num_precision) : number(bytes ? row.octets : row.chars),
    precision: kind === 'decimal' ? number(row.num_precision) : null,
    scale: kind === 'decimal' ? number(row.num_scale) : null,
    fraction: number(row.fraction),
    charset: row.charset === 'utf8' ? 'utf8mb3' : (row.charset ?? null),
    labels: kind === 'enum' || kind === 'set' ? parseLabels(columnType) : null,
    nullable: row.nullable === 'YES',
    compressed: /COMPRESSED/.test(columnType),
  };
}

interface KeyPart {
  readonly index: string;
  readonly column: string;
  readonly nullable: boolean;
}

/** null: no such table now, or a column type that is not known. */
export async function readTableDefinition(
  query: Query,
  database: string,
  table: string,
): Promise<TableDefinition | null> {
  const rows = await query(
    'SELECT column_name AS name, data_type AS type, column_type AS column_type, character_maximum_length AS chars, ' +
      'character_octet_length AS octets, numeric_precision AS num_precision, numeric_scale AS num_scale, ' +
      'datetime_precision AS fraction, character_set_name AS charset, is_nullable AS nullable ' +
      'FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position',
    [database, table],
  );
  const columns = rows.map(columnOf);
  const known = columns.filter((column) => column !== null);
  if (known.length === 0 || known.length !== columns.length) return null;
  const keys = await query(
    'SELECT index_name AS name, column_name AS col, nullable AS nullable, sub_part AS prefix ' +
      'FROM information_schema.statistics ' +
      'WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index',
    [database, table],
  );
  const parts = keys.map(
    (row): KeyPart => ({
      index: row.name ?? '',
      column: row.col ?? '',
      nullable: row.nullable === 'YES' || row.col === null || row.prefix !== null,
    }),
  );
  return { database, table, columns: known, ...keysOf(parts) };
}

function keysOf(parts: readonly KeyPart[]): Pick<TableDefinition, 'primaryKey' | 'uniqueKey'> {
  const columnsOf = (index: string): string[] =>
    parts.filter((part) => part.index === index).map((part) => part.column);
  const unique = [...new Set(parts.map((part) => part.index))].find(
    (index) => index !== 'PRIMARY' && parts.every((part) => part.index !== index || !part.nullable),
  );
  return { primaryKey: columnsOf('PRIMARY'), uniqueKey: unique === undefined ? [] : columnsOf(unique) };
}
