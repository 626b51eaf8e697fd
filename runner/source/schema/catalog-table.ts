/** A table as the catalog keeps it: all that rows and their keys depend on, and what later DDL needs to go on from. */
import type { ColumnDefinition, ColumnKind, TableDefinition } from '../../binlog/table-shape.ts';
import type { ColumnSpec, IndexSpec } from '../ddl/schema-change.ts';

export type CatalogColumn = ColumnDefinition;

export interface CatalogIndex extends IndexSpec {
  readonly name: string;
}

export interface CatalogTable {
  /** Default of columns to come; null: not known. */
  readonly charset: string | null;
  /** In the order of the table, hidden ones of MariaDB's system versioning left out. */
  readonly columns: readonly CatalogColumn[];
  readonly indexes: readonly CatalogIndex[];
  /** MariaDB WITH SYSTEM VERSIONING. `hidden`: with columns row_start and row_end of its own. */
  readonly versioned: 'no' | 'named' | 'hidden';
}

const TEXT = new Set<ColumnKind>(['char', 'varchar', 'text', 'enum', 'set']);
const AS_BYTES: Partial<Record<ColumnKind, ColumnKind>> = {
  char: 'binary',
  varchar: 'varbinary',
  text: 'blob',
};

/** MySQL's name for a primary key that it makes up; only of this column it counts whether it is invisible. */
export const MADE_UP_KEY = 'my_row_id';

export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A text column in a character set; `binary` makes bytes of it. */
export function withCharset(column: CatalogColumn, charset: string): CatalogColumn {
  if (charset !== 'binary') return { ...column, charset };
  return { ...column, kind: AS_BYTES[column.kind] ?? column.kind, charset: null };
}

export const isText = (column: CatalogColumn): boolean => TEXT.has(column.kind);

/** The column in a table of this default; null where its character set can't be known. */
export function columnFrom(spec: ColumnSpec, tableCharset: string | null): CatalogColumn | null {
  const column: CatalogColumn = {
    ...spec.type,
    name: spec.name,
    nullable: spec.nullable,
    ...(spec.invisible && spec.name === MADE_UP_KEY ? { invisible: true } : {}),
  };
  if (!isText(column)) return { ...column, charset: null };
  const charset = spec.type.charset ?? tableCharset;
  return charset === null ? null : withCharset(column, charset);
}

/** The name that the server makes up: the first column's, with a number where it is taken. */
export function indexName(index: IndexSpec, indexes: readonly CatalogIndex[]): string {
  if (index.name !== null) return index.name;
  const base = index.parts[0]?.column ?? 'functional_index';
  const taken = (name: string): boolean =>
    sameName(name, 'PRIMARY') || indexes.some((other) => sameName(other.name, name));
  let name = base;
  for (let number = 2; taken(name); number += 1) name = `${base}_${number}`;
  return name;
}

const HIDDEN: readonly CatalogColumn[] = ['row_start', 'row_end'].map((name) => ({
  name,
  kind: 'timestamp',
  unsigned: false,
  length: null,
  precision: null,
  scale: null,
  fraction: 6,
  charset: null,
  labels: null,
  nullable: false,
  compressed: false,
}));

function uniqueKeyOf(table: CatalogTable): string[] {
  const usable = table.indexes.filter(
    (index) =>
      index.unique &&
      !index.primary &&
      index.parts.every(
        ({ column, prefix }) =>
          column !== null &&
          !prefix &&
          table.columns.some((other) => sameName(other.name, column) && other.nullable === false),
      ),
  );
  const [first] = usable.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  return (first?.parts ?? []).map((part) => part.column ?? '');
}

/** What the decoder is told of it. */
export function definitionOf(database: string, name: string, table: CatalogTable): TableDefinition {
  const primary = table.indexes.find((index) => index.primary);
  const columns = table.versioned === 'hidden' ? [...table.columns, ...HIDDEN] : table.columns;
  return {
    database,
    table: name,
    columns,
    primaryKey: (primary?.parts ?? []).map((part) => part.column ?? ''),
    uniqueKey: uniqueKeyOf(table),
  };
}
