/** CREATE TABLE and ALTER TABLE on a table of the catalog, in the order in which the server works. */
import type {
  AlterAction,
  ColumnPlace,
  ColumnSpec,
  CreateTableBody,
  IndexSpec,
} from '../ddl/schema-change.ts';
import {
  type CatalogColumn,
  type CatalogIndex,
  type CatalogTable,
  columnFrom,
  indexName,
  isText,
  MADE_UP_KEY,
  sameName,
  withCharset,
} from './catalog-table.ts';

type Action<Kind extends AlterAction['kind']> = Extract<AlterAction, { kind: Kind }>;

/** The statement does not fit the table that we know: what the table is now is not known. */
class Unfit extends Error {}

function only<Kind extends AlterAction['kind']>(actions: readonly AlterAction[], kind: Kind): Action<Kind>[] {
  return actions.filter((action): action is Action<Kind> => action.kind === kind);
}

const notNull = (columns: readonly CatalogColumn[], index: IndexSpec): CatalogColumn[] =>
  columns.map((column) =>
    index.primary && index.parts.some((part) => part.column !== null && sameName(part.column, column.name))
      ? { ...column, nullable: false }
      : column,
  );

/** A prefix as long as the column is none. */
function addIndex(table: CatalogTable, index: IndexSpec): CatalogTable {
  const made: CatalogIndex = { ...index, name: indexName(index, table.indexes) };
  return { ...table, columns: notNull(table.columns, index), indexes: [...table.indexes, made] };
}

const keyOf = (column: string, primary: boolean): IndexSpec => ({
  name: primary ? 'PRIMARY' : null,
  primary,
  unique: true,
  parts: [{ column, prefix: false }],
});

/** null: a column's character set is not known. */
export function createdTable(body: CreateTableBody, databaseCharset: string | null): CatalogTable | null {
  const charset = body.charset ?? databaseCharset;
  const columns = body.columns.map((column) => columnFrom(column, charset));
  const known = columns.filter((column) => column !== null);
  if (known.length !== columns.length) return null;
  const named = body.columns.some((column) => column.rowTime);
  let table: CatalogTable = {
    charset,
    columns: known,
    indexes: [],
    versioned: body.versioned ? (named ? 'named' : 'hidden') : 'no',
  };
  // indexes get their names in the order of the statement, columns' own ones first
  for (const { name, primary, unique } of body.columns) {
    if (primary) table = addIndex(table, keyOf(name, true));
    if (unique) table = addIndex(table, keyOf(name, false));
  }
  for (const index of body.indexes) table = addIndex(table, index);
  return table;
}

/** MySQL: a primary key that the server has made up stays before what is placed FIRST, for as long as it is invisible. */
const isMadeUp = (column: CatalogColumn | undefined): boolean =>
  column?.name === MADE_UP_KEY && column.invisible === true;

function place(columns: CatalogColumn[], column: CatalogColumn, where: ColumnPlace): void {
  if (where.kind === 'first') columns.splice(isMadeUp(columns[0]) ? 1 : 0, 0, column);
  else if (where.kind === 'none') columns.push(column);
  else {
    const at = columns.findIndex((other) => sameName(other.name, where.column));
    if (at < 0) throw new Unfit();
    columns.splice(at + 1, 0, column);
  }
}

function made(spec: Parameters<typeof columnFrom>[0], charset: string | null): CatalogColumn {
  const column = columnFrom(spec, charset);
  if (column === null) throw new Unfit();
  return column;
}

const names = (table: CatalogTable, name: string): boolean =>
  table.columns.some((column) => sameName(column.name, name));

/** A column that moves, or (on MariaDB) one that the same statement has added and changes again: it is then added last. */
function changeAgain(table: CatalogTable, columns: CatalogColumn[], action: Action<'change-column'>): void {
  const moves = action.place.kind !== 'none';
  const old = names(table, action.from);
  if (old && !moves) return;
  const at = columns.findIndex((other) => sameName(other.name, old ? action.column.name : action.from));
  if (at < 0 && !action.ifExists) throw new Unfit();
  if (at < 0) return;
  columns.splice(at, 1);
  place(columns, made(action.column, table.charset), action.place);
}

/** As the server does it: old columns in their places, then each that is added or moved, in the statement's order. */
function alteredColumns(table: CatalogTable, actions: readonly AlterAction[]): CatalogColumn[] {
  const dropped = only(actions, 'drop-column');
  const changed = only(actions, 'change-column');
  const renamed = only(actions, 'rename-column');
  for (const { column, ifExists } of dropped) if (!ifExists && !names(table, column)) throw new Unfit();
  for (const { from, ifExists } of renamed) if (!ifExists && !names(table, from)) throw new Unfit();
  const columns: CatalogColumn[] = [];
  for (const column of table.columns) {
    const isThis = (name: string): boolean => sameName(name, column.name);
    if (dropped.some((action) => isThis(action.column))) continue;
    const change = changed.find((action) => isThis(action.from));
    const rename = renamed.find((action) => isThis(action.from));
    if (change === undefined) columns.push(rename === undefined ? column : { ...column, name: rename.to });
    else columns.push(made(change.column, table.charset));
  }
  for (const action of actions) {
    if (action.kind === 'change-column') changeAgain(table, columns, action);
    if (action.kind !== 'add-column') continue;
    const { name } = action.column;
    const free = columns.every((column) => !sameName(column.name, name));
    if (!(free || action.ifNotExists)) throw new Unfit();
    if (free) place(columns, made(action.column, table.charset), action.place);
  }
  const notNull = only(actions, 'not-null').flatMap((action) => action.columns);
  const shown = only(actions, 'visibility');
  return columns.map((column) => {
    const isThis = (name: string): boolean => sameName(name, column.name);
    const visibility = shown.findLast((action) => isThis(action.column));
    const { invisible = false, ...rest } = column;
    const hidden = column.name === MADE_UP_KEY && (visibility?.invisible ?? invisible);
    return {
      ...rest,
      ...(notNull.some(isThis) ? { nullable: false } : {}),
      ...(hidden ? { invisible: true } : {}),
    };
  });
}

/** Dropped columns leave their indexes, renamed ones keep them. */
function alteredIndexes(table: CatalogTable, actions: readonly AlterAction[]): CatalogIndex[] {
  const added = only(actions, 'add-column').map((action) => action.column);
  const again = (name: string): ColumnSpec | undefined => added.find((column) => sameName(column.name, name));
  // a column that goes and comes again in one statement stays in its indexes, as far as they reached before
  const dropped = only(actions, 'drop-column')
    .map((action) => action.column)
    .filter((name) => again(name) === undefined);
  const renamed = [
    ...only(actions, 'change-column').map(({ from, column }) => ({ from, to: column.name })),
    ...only(actions, 'rename-column'),
  ];
  const goes = (index: CatalogIndex): boolean =>
    actions.some(
      (action) =>
        (action.kind === 'drop-primary' && index.primary) ||
        (action.kind === 'drop-index' && sameName(action.name, index.name)),
    );
  return table.indexes
    .filter((index) => !goes(index))
    .map((index) => {
      const parts = index.parts
        .filter(({ column }) => !dropped.some((name) => column !== null && sameName(name, column)))
        .map((part) => {
          const to = renamed.find(({ from }) => part.column !== null && sameName(from, part.column))?.to;
          if (to !== undefined) return { ...part, column: to };
          const length = part.column === null ? undefined : again(part.column)?.type.length;
          return length === undefined || length === null ? part : { ...part, prefix: true };
        });
      const name =
        only(actions, 'rename-index').find(({ from }) => sameName(from, index.name))?.to ?? index.name;
      return { ...index, name, parts };
    })
    .filter((index) => index.parts.length > 0);
}

function addedIndexes(table: CatalogTable, actions: readonly AlterAction[]): CatalogTable {
  let altered = table;
  for (const action of actions) {
    if (action.kind === 'add-column' || action.kind === 'change-column') {
      const { name, primary, unique } = action.column;
      if (primary) altered = addIndex(altered, keyOf(name, true));
      if (unique) altered = addIndex(altered, keyOf(name, false));
    } else if (action.kind === 'add-index') {
      const { index, ifNotExists } = action;
      const stands = altered.indexes.some((other) => index.name !== null && sameName(other.name, index.name));
      if (!(stands && ifNotExists)) altered = addIndex(altered, index);
    }
  }
  return altered;
}

/** What stays NOT NULL because of the primary key: a MODIFY without NOT NULL does not take it away. */
function keyNotNull(table: CatalogTable): CatalogTable {
  const primary = table.indexes.find((index) => index.primary);
  return primary === undefined ? table : { ...table, columns: notNull(table.columns, primary) };
}

function versionedBy(table: CatalogTable, actions: readonly AlterAction[]): CatalogTable['versioned'] {
  const action = only(actions, 'versioning').at(-1);
  if (action === undefined) return table.versioned;
  if (!action.on) return 'no';
  return actions.some((other) => other.kind === 'add-column' && other.column.rowTime) ? 'named' : 'hidden';
}

/** The table after the statement; null where it is not known any more. */
export function alteredTable(
  table: CatalogTable,
  actions: readonly AlterAction[],
  databaseCharset: string | null,
): CatalogTable | null {
  const convert = only(actions, 'convert').at(-1);
  // both set the one default of the statement
  const wanted = actions.findLast((action) => action.kind === 'default-charset' || action.kind === 'convert');
  const charset = wanted === undefined ? table.charset : (wanted.charset ?? databaseCharset);
  const base = { ...table, charset };
  try {
    let columns = alteredColumns(base, actions);
    if (convert !== undefined) {
      const to = convert.charset ?? databaseCharset;
      if (to === null) return null;
      columns = columns.map((column) => (isText(column) ? withCharset(column, to) : column));
    }
    const altered = {
      ...base,
      columns,
      indexes: alteredIndexes(base, actions),
      versioned: versionedBy(base, actions),
    };
    return keyNotNull(addedIndexes(altered, actions));
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}
