/** Random changes of a table. */
import type { Chance } from './chance.ts';
import type { Server } from './column-type.ts';
import { partialChange } from './json-types.ts';
import type { Column, Table } from './table.ts';

export type RowImage = 'FULL' | 'MINIMAL' | 'NOBLOB';

/** Statements that belong together; between two of these the table may be looked at. */
export type Unit = readonly string[];

const literal = (chance: Chance, column: Column): string =>
  !column.notNull && chance.percent(15) ? 'NULL' : column.literal(chance);

const writable = (table: Table): Column[] => table.columns.filter(({ generated }) => !generated);
const names = (list: readonly Column[]): string => list.map(({ quoted }) => quoted).join(', ');

/**
 * Where the image is not full, columns without a value are not in it, and only the server knows their default: then
 * each one gets a value.
 */
function insertColumns(chance: Chance, table: Table, image: RowImage): Column[] {
  const all = writable(table);
  return image === 'FULL' && chance.percent(30) ? chance.some(all) : all;
}

function insert(chance: Chance, table: Table, image: RowImage): string {
  const list = insertColumns(chance, table, image);
  const rows = chance.list(1, 4, () => `(${list.map((column) => literal(chance, column)).join(', ')})`);
  const verb = chance.pick(['INSERT', 'INSERT', 'INSERT IGNORE', 'REPLACE']);
  const sql = `${verb} INTO ${table.quoted} (${names(list)}) VALUES ${rows.join(', ')}`;
  if (verb !== 'INSERT' || !chance.percent(40)) return sql;
  return `${sql} ON DUPLICATE KEY UPDATE ${assignments(chance, table).join(', ')}`;
}

function insertFromItself(chance: Chance, table: Table): string {
  const list = writable(table);
  const values = list.map((column) =>
    table.key.includes(column.name) || chance.percent(20) ? column.literal(chance) : column.quoted,
  );
  const verb = chance.pick(['INSERT IGNORE', 'REPLACE']);
  return `${verb} INTO ${table.quoted} (${names(list)}) SELECT ${values.join(', ')} FROM ${table.quoted} LIMIT ${chance.int(1, 3)}`;
}

function assignment(chance: Chance, column: Column): string {
  if (column.document === true && chance.percent(75)) {
    return `${column.quoted} = ${partialChange(chance, column.quoted)}`;
  }
  return `${column.quoted} = ${chance.percent(8) ? column.quoted : literal(chance, column)}`;
}

function assignments(chance: Chance, table: Table): string[] {
  const some = chance.some(writable(table)).slice(0, chance.int(1, 5));
  return some.map((column) => assignment(chance, column));
}

function update(chance: Chance, table: Table): string {
  const ignore = chance.percent(30) ? ' IGNORE' : '';
  const documents = writable(table).filter(({ document }) => document === true);
  const set =
    documents.length > 0 && chance.percent(40)
      ? documents.map((column) => `${column.quoted} = ${partialChange(chance, column.quoted)}`)
      : assignments(chance, table);
  return `UPDATE${ignore} ${table.quoted} SET ${set.join(', ')} LIMIT ${chance.int(1, 6)}`;
}

/** Any part of a row that the server may write. */
export function statement(chance: Chance, table: Table, image: RowImage): string {
  const roll = chance.int(0, 99);
  if (roll < 40) return insert(chance, table, image);
  if (roll < 48) return insertFromItself(chance, table);
  if (roll < 85) return update(chance, table);
  return `DELETE FROM ${table.quoted} LIMIT ${chance.int(1, 4)}`;
}

function transaction(chance: Chance, table: Table, image: RowImage): Unit {
  const some = (): string[] => chance.list(1, 3, () => statement(chance, table, image));
  const saved = chance.percent(60)
    ? ['SAVEPOINT here', ...some(), ...(chance.percent(70) ? ['ROLLBACK TO SAVEPOINT here'] : []), ...some()]
    : [];
  return ['START TRANSACTION', ...some(), ...saved, chance.percent(80) ? 'COMMIT' : 'ROLLBACK'];
}

function distributed(chance: Chance, table: Table, image: RowImage): Unit {
  const id = `'oracle','${chance.digits(12)}',${chance.int(1, 99)}`;
  const work = chance.list(1, 3, () => statement(chance, table, image));
  const begin = [`XA START ${id}`, ...work, `XA END ${id}`];
  if (chance.percent(20)) return [...begin, `XA COMMIT ${id} ONE PHASE`];
  return [...begin, `XA PREPARE ${id}`, `XA ${chance.pick(['COMMIT', 'COMMIT', 'ROLLBACK'])} ${id}`];
}

/** A column in another place: all that is behind it moves too. */
function move(chance: Chance, table: Table): Unit {
  const able = table.columns.filter(({ definition }) => definition !== undefined);
  if (able.length < 2) return [];
  const column = chance.pick(able);
  const others = table.columns.filter(({ name }) => name !== column.name);
  const place = chance.percent(40) ? 'FIRST' : `AFTER ${chance.pick(others).quoted}`;
  return [`ALTER TABLE ${table.quoted} MODIFY ${column.definition} ${place}`];
}

export const moves = (units: readonly Unit[]): boolean =>
  units.some(([first]) => first?.startsWith('ALTER TABLE') === true);

export function unit(chance: Chance, table: Table, image: RowImage): Unit {
  const roll = chance.int(0, 99);
  if (roll < 3) return [`TRUNCATE TABLE ${table.quoted}`];
  if (roll >= 92) return move(chance, table);
  if (table.transactional && roll < 30) return transaction(chance, table, image);
  if (table.transactional && roll < 36) return distributed(chance, table, image);
  return [statement(chance, table, image)];
}

/** What of the session decides how rows are written to the log. */
export function sessionSettings(server: Server, chance: Chance, image: RowImage): string[] {
  const settings = [`binlog_row_image = '${image}'`];
  const onOff = (): string => chance.pick(['ON', 'OFF']);
  if (server.flavor === 'mariadb') return [...settings, `binlog_annotate_row_events = ${onOff()}`];
  settings.push(`binlog_rows_query_log_events = ${onOff()}`);
  if (server.version < 80) return settings;
  // without the document in the before image a part of it says nothing: such a stream ends in CDC_JSON_DIFF_ALONE
  const partial = image === 'FULL' ? chance.pick(['', 'PARTIAL_JSON']) : '';
  settings.push(`binlog_row_value_options = '${partial}'`);
  settings.push(`binlog_transaction_compression = ${onOff()}`);
  return settings;
}
