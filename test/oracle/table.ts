/** Random tables. */
import { addressColumn, byteColumn, geometryColumn, vectorColumn } from './byte-types.ts';
import type { Chance } from './chance.ts';
import type { ColumnType, Server } from './column-type.ts';
import { jsonColumn } from './json-types.ts';
import type { Kind } from './kinds.ts';
import {
  bitColumn,
  decimalColumn,
  doubleColumn,
  floatColumn,
  integerColumn,
  yearColumn,
} from './number-types.ts';
import { enumColumn, setColumn, textColumn } from './text-types.ts';
import { timeColumn } from './time-types.ts';

export interface Column extends ColumnType {
  /** As it is in messages. */
  readonly name: string;
  /** In backticks. */
  readonly quoted: string;
  readonly notNull: boolean;
  /** The server computes it. */
  readonly generated: boolean;
  /** As CREATE TABLE has it; absent where it can't be given again. */
  readonly definition?: string;
}

export interface Table {
  readonly name: string;
  readonly quoted: string;
  readonly columns: readonly Column[];
  /** Names of the columns that identify a row, in the order of the key; empty: the table has no such key. */
  readonly key: readonly string[];
  readonly create: string;
  readonly transactional: boolean;
}

export const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** A row may declare 65,535 bytes; what indexes and flags take is left free. */
const ROW_BYTES_MAX = 20_000;

function columnType(server: Server, chance: Chance): ColumnType {
  const makers: (() => ColumnType)[] = [
    () => integerColumn(chance),
    () => integerColumn(chance),
    () => yearColumn(),
    () => decimalColumn(chance),
    () => floatColumn(chance),
    () => doubleColumn(chance),
    () => bitColumn(chance),
    () => timeColumn(chance),
    () => timeColumn(chance),
    () => timeColumn(chance),
    () => textColumn(server, chance),
    () => textColumn(server, chance),
    () => textColumn(server, chance),
    () => enumColumn(server, chance),
    () => setColumn(server, chance),
    () => byteColumn(server, chance),
    () => byteColumn(server, chance),
    () => geometryColumn(server, chance),
    () => jsonColumn(server),
    () => jsonColumn(server),
  ];
  if (server.version === 97) makers.push(() => vectorColumn(chance));
  if (server.flavor === 'mariadb') makers.push(() => addressColumn(chance));
  return chance.pick(makers)();
}

function columnName(chance: Chance, index: number): string {
  const odd = [
    `c ${index}`,
    `c\`${index}`,
    `select${index}`,
    `größe${index}`,
    `数${index}`,
    `c"${index}`,
    `c%${index}.x`,
  ];
  return chance.percent(15) ? chance.pick(odd) : `c${index}`;
}

function columns(server: Server, chance: Chance): Column[] {
  const found: Column[] = [];
  let bytes = 0;
  const count = chance.percent(10) ? chance.int(20, 40) : chance.int(1, 12);
  for (let index = 0; index < count; index += 1) {
    const type = columnType(server, chance);
    bytes += type.bytes;
    if (bytes > ROW_BYTES_MAX) break;
    const name = columnName(chance, index);
    found.push({ ...type, name, quoted: quote(name), notNull: chance.percent(25), generated: false });
  }
  if (found.length === 0) throw new Error('no column fits');
  return found;
}

interface Keys {
  readonly definitions: readonly string[];
  readonly key: readonly string[];
  /** Columns that a primary key makes NOT NULL. */
  readonly notNull: ReadonlySet<string>;
}

/** The first columns that an index may hold, some of them, in any order. */
function keyColumns(chance: Chance, list: readonly Column[], prefixes: boolean): Column[] {
  const able = list.filter(({ key }) => key === 'yes' || (prefixes && key === 'prefix'));
  if (able.length === 0) return [];
  const few = Array.from({ length: chance.pick([1, 1, 1, 2, 3]) }, () => chance.pick(able));
  return [...new Set(few)];
}

const part = (chance: Chance, column: Column): string =>
  column.key === 'prefix' ? `${column.quoted}(${chance.int(1, 20)})` : column.quoted;

function keys(chance: Chance, list: readonly Column[]): Keys {
  const definitions: string[] = [];
  const notNull = new Set<string>();
  const primary = chance.percent(70) ? keyColumns(chance, list, true) : [];
  let key = primary.map(({ name }) => name);
  if (primary.length > 0) {
    definitions.push(`PRIMARY KEY (${primary.map((column) => part(chance, column)).join(', ')})`);
    for (const { name } of primary) notNull.add(name);
  }
  if (chance.percent(35)) {
    const unique = keyColumns(chance, list, false);
    // a unique key stands in for the primary key only where all its columns are NOT NULL
    if (unique.length > 0) {
      definitions.push(`UNIQUE KEY u (${unique.map(({ quoted }) => quoted).join(', ')})`);
      if (chance.percent(60)) for (const { name } of unique) notNull.add(name);
      const stands = unique.every((column) => column.notNull || notNull.has(column.name));
      if (key.length === 0 && stands) key = unique.map(({ name }) => name);
    }
  }
  return { definitions, key, notNull };
}

/** Columns that the server computes from others; a functional index adds one that no message may show. */
function computed(
  server: Server,
  chance: Chance,
  list: readonly Column[],
): { columns: Column[]; indexes: string[] } {
  const found: Column[] = [];
  const source = list.find(({ kind, sql }) => kind === 'integer' && !sql.includes('BIGINT'));
  const text = list.find(({ kind }) => kind === 'text' || kind === 'plain');
  const add = (name: string, sql: string, kind: Kind): void => {
    found.push({
      name,
      quoted: quote(name),
      sql,
      kind,
      literal: () => 'DEFAULT',
      key: 'no',
      blob: false,
      bytes: 8,
      notNull: false,
      generated: true,
    });
  };
  const stored = server.flavor === 'mariadb' ? 'PERSISTENT' : 'STORED';
  if (source !== undefined && chance.percent(30)) {
    add('g1', `BIGINT AS (${source.quoted} + 1) ${chance.pick(['VIRTUAL', stored])}`, 'integer');
  }
  if (text !== undefined && chance.percent(20)) {
    add(
      'g2',
      `VARCHAR(20) CHARACTER SET latin1 AS (LEFT(HEX(${text.quoted}), 20)) ${chance.pick(['VIRTUAL', stored])}`,
      'text',
    );
  }
  const functional =
    server.flavor === 'mysql' && server.version >= 80 && source !== undefined && chance.percent(20);
  return { columns: found, indexes: functional ? [`KEY f ((${source.quoted} * 2))`] : [] };
}

const canHide = (server: Server): boolean => server.version >= 80;

function definition(server: Server, chance: Chance, column: Column): string {
  const hidden = canHide(server) && chance.percent(10) ? ' INVISIBLE' : '';
  const isTimestamp = column.sql.startsWith('TIMESTAMP');
  const nullness = column.notNull && !column.generated ? ' NOT NULL' : '';
  // MariaDB wants a default for a hidden column that may not be NULL; a TIMESTAMP says NULL itself
  const safe = hidden !== '' && nullness !== '' && server.flavor === 'mariadb' ? '' : hidden;
  const sql = isTimestamp && nullness !== '' ? column.sql.replace(' NULL', '') : column.sql;
  const placed = sql.includes(' DEFAULT ')
    ? sql.replace(' DEFAULT ', `${nullness} DEFAULT `)
    : `${sql}${nullness}`;
  return `${column.quoted} ${placed}${safe}`;
}

export function randomTable(server: Server, chance: Chance, number: number): Table {
  const base = columns(server, chance);
  const { definitions, key, notNull } = keys(chance, base);
  const real = base.map((column) => ({ ...column, notNull: column.notNull || notNull.has(column.name) }));
  const extra = computed(server, chance, real);
  const list = [...real, ...extra.columns].map((column) => {
    const text = definition(server, chance, column);
    return column.generated ? { ...column, made: text } : { ...column, made: text, definition: text };
  });
  const name = chance.percent(10)
    ? chance.pick([`t ${number}`, `t.${number}`, `tä${number}`, `t\`${number}`])
    : `t${number}`;
  const transactional = !chance.percent(8);
  const parts = [...list.map(({ made }) => made), ...definitions, ...(transactional ? extra.indexes : [])];
  const engine = transactional ? 'InnoDB ROW_FORMAT=DYNAMIC' : 'MyISAM';
  const create = `CREATE TABLE ${quote(name)} (\n  ${parts.join(',\n  ')}\n) ENGINE=${engine} DEFAULT CHARSET=${chance.pick(['utf8mb4', 'latin1', 'gbk'])}`;
  return { name, quoted: quote(name), columns: list, key, create, transactional };
}
