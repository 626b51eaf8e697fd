/** Statements that change the schema: which objects they name, and what they do to tables. */
import { parseAlterTable } from './alter-table.ts';
import { parseCreateTable, readTableOptions, type TableContext } from './create-table.ts';
import { parseIndexParts } from './index-clause.ts';
import { redactSql } from './redact-sql.ts';
import type { SchemaChange } from './schema-change.ts';
import type { Statement } from './statement.ts';
import type { TableName } from './table-name.ts';
import type { Token } from './tokens.ts';
import { Words } from './words.ts';

const ACCOUNT_OBJECTS = new Set(['USER', 'ROLE', 'SERVER', 'PASSWORD']);
/** Words between CREATE and the object that say how, not what. */
const CREATE_NOISE = new Set([
  'OR',
  'REPLACE',
  'TEMPORARY',
  'UNIQUE',
  'FULLTEXT',
  'SPATIAL',
  'VECTOR',
  'AGGREGATE',
  'ONLINE',
  'OFFLINE',
  'UNDO',
  'IGNORE',
]);
const DEFINED_OBJECTS = new Set(['VIEW', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'PACKAGE']);

export interface DdlText extends TableContext {
  readonly sql: string;
  readonly tokens: readonly Token[];
  /** Default database of the session. */
  readonly database: string;
  readonly fold: (name: string) => string;
  /** Default of databases to come; null: not told. */
  readonly serverCharset: string | null;
}

/** A statement that changes the schema; null where it is none. */
export function parseDdl(verb: string, words: Words, text: DdlText): Statement | null {
  switch (verb) {
    case 'CREATE':
    case 'ALTER':
    case 'DROP':
      return parseObject(verb, words, text);
    case 'TRUNCATE':
      words.take('TABLE');
      return tablesDdl(verb, 'truncate', tableList(words, text, ','), text, () => []);
    case 'RENAME':
      if (words.take('USER')) return { kind: 'account' };
      words.take('TABLE', 'TABLES');
      words.ifExists();
      return tablesDdl(verb, 'ddl', renamed(words, text), text, (tables) => [
        { kind: 'rename-tables', pairs: pairsOf(tables) },
      ]);
    default:
      return null;
  }
}

function parseObject(verb: string, words: Words, text: DdlText): Statement {
  let temporary = false;
  let unique = false;
  for (; CREATE_NOISE.has(words.upper); words.at += 1) {
    temporary ||= words.upper === 'TEMPORARY';
    unique ||= words.upper === 'UNIQUE';
  }
  skipDefiner(words);
  const object = words.upper;
  words.at += 1;
  if (ACCOUNT_OBJECTS.has(object)) return { kind: 'account' };
  if (object === 'DATABASE' || object === 'SCHEMA') return databaseDdl(verb, words, text);
  // a table of one session: its rows are in no log, and one of the same name stays as it is
  if (temporary) return { kind: 'other' };
  if (object === 'TABLE' || object === 'TABLES') return tableDdl(verb, words, text);
  if (object === 'INDEX') return indexDdl(verb, unique, words, text);
  if (object === 'SEQUENCE') {
    words.ifExists();
    return otherDdl(verb, tableList(words, text, ','), text);
  }
  if (!DEFINED_OBJECTS.has(object)) return { kind: 'other' };
  words.ifExists();
  return otherDdl(verb, oneTable(words, text), text);
}

function tableDdl(verb: string, words: Words, text: DdlText): Statement {
  const ifNotExists = words.upper === 'IF';
  words.ifExists();
  const tables = verb === 'DROP' ? tableList(words, text, ',') : oneTable(words, text);
  const behindName = words.at;
  if (verb === 'ALTER') tables.push(...renameTargets(words, text));
  return tablesDdl(verb, 'ddl', tables, text, ([first]) => {
    words.at = behindName;
    if (verb === 'DROP') return [{ kind: 'drop-tables', tables }];
    if (first === undefined) return [];
    return [
      verb === 'ALTER'
        ? parseAlterTable(words, first, text)
        : parseCreateTable(words, first, ifNotExists, text),
    ];
  });
}

/** CREATE [UNIQUE] INDEX name [USING type] ON table (part, …), DROP INDEX name ON table. */
function indexDdl(verb: string, unique: boolean, words: Words, text: DdlText): Statement {
  const ifNotExists = words.upper === 'IF';
  words.ifExists();
  const name = words.name();
  words.skipTo('ON');
  words.take('ON');
  const tables = oneTable(words, text);
  return tablesDdl(verb, 'ddl', tables, text, ([table]) => {
    if (table === undefined || name === null) return [];
    if (verb === 'DROP') {
      const primary = name.toUpperCase() === 'PRIMARY';
      return [
        {
          kind: 'alter-table',
          name: table,
          actions: [primary ? { kind: 'drop-primary' } : { kind: 'drop-index', name }],
        },
      ];
    }
    const index = parseIndexParts(words, { primary: false, unique, symbol: null });
    if (index === null) return [{ kind: 'forget', tables }];
    return [
      {
        kind: 'alter-table',
        name: table,
        actions: [{ kind: 'add-index', index: { ...index, name }, ifNotExists }],
      },
    ];
  });
}

/** DEFINER=user@host, ALGORITHM=…, SQL SECURITY …: between CREATE and VIEW or routine. */
function skipDefiner(words: Words): void {
  const objects = [
    ...DEFINED_OBJECTS,
    'TABLE',
    'DATABASE',
    'SCHEMA',
    'INDEX',
    'USER',
    'SEQUENCE',
    'ROLE',
    'SERVER',
  ];
  if (!['DEFINER', 'ALGORITHM', 'SQL'].includes(words.upper)) return;
  while (words.at < words.tokens.length && !objects.includes(words.upper)) words.at += 1;
}

function oneTable(words: Words, text: DdlText): TableName[] {
  const table = words.table(text.database, text.fold);
  return table === null ? [] : [table];
}

function tableList(words: Words, text: DdlText, separator: string): TableName[] {
  const tables = oneTable(words, text);
  while (words.take(separator)) tables.push(...oneTable(words, text));
  return tables;
}

/** `a TO b, c TO d`, with MariaDB's WAIT n between. */
function renamed(words: Words, text: DdlText): TableName[] {
  const tables: TableName[] = [];
  do {
    tables.push(...oneTable(words, text));
    words.skipTo('TO');
    words.take('TO');
    tables.push(...oneTable(words, text));
  } while (words.take(','));
  return tables;
}

/** ALTER TABLE … RENAME [TO|AS] name: not RENAME COLUMN, INDEX or KEY. */
function renameTargets(words: Words, text: DdlText): TableName[] {
  const tables: TableName[] = [];
  for (let at = words.at; at < words.tokens.length; at += 1) {
    if (words.tokens[at]?.upper !== 'RENAME') continue;
    const rest = new Words(words.tokens, at + 1);
    if (['COLUMN', 'INDEX', 'KEY'].includes(rest.upper)) continue;
    rest.take('TO', 'AS', '=');
    tables.push(...oneTable(rest, text));
  }
  return tables;
}

const pairsOf = (tables: readonly TableName[]): { from: TableName; to: TableName }[] =>
  tables.flatMap((from, index) => {
    const to = tables[index + 1];
    return index % 2 === 0 && to !== undefined ? [{ from, to }] : [];
  });

function databaseChanges(
  verb: string,
  database: string,
  ifNotExists: boolean,
  words: Words,
  text: DdlText,
): SchemaChange[] {
  if (verb === 'DROP') return [{ kind: 'drop-database', database }];
  const { charset = null } = readTableOptions(words);
  if (verb === 'ALTER') return [{ kind: 'alter-database', database, charset }];
  return [{ kind: 'create-database', database, charset, serverCharset: text.serverCharset, ifNotExists }];
}

function databaseDdl(verb: string, words: Words, text: DdlText): Statement {
  const ifNotExists = words.upper === 'IF';
  words.ifExists();
  const named = ['CHARACTER', 'CHARSET', 'COLLATE', 'DEFAULT', 'ENCRYPTION', 'READ', 'UPGRADE'].includes(
    words.upper,
  )
    ? null
    : words.name();
  const database = text.fold(named ?? text.database);
  return {
    kind: 'ddl',
    action: 'ddl',
    object: 'database',
    verb,
    database,
    table: null,
    tables: [],
    sql: redactSql(text.sql, text.tokens),
    changes: databaseChanges(verb, database, ifNotExists, words, text),
  };
}

function tablesDdl(
  verb: string,
  action: 'ddl' | 'truncate',
  tables: readonly TableName[],
  text: DdlText,
  changesOf: (tables: readonly TableName[]) => readonly SchemaChange[],
): Statement {
  const [first] = tables;
  if (first === undefined) return { kind: 'unparsed' };
  const sql = redactSql(text.sql, text.tokens);
  // what is not understood may concern every table that the statement names
  const changes = changesOf(tables).map((change) =>
    change.kind === 'forget' ? { ...change, tables } : change,
  );
  const { database, table } = first;
  return { kind: 'ddl', action, object: 'table', verb, database, table, tables, sql, changes };
}

function otherDdl(verb: string, tables: readonly TableName[], text: DdlText): Statement {
  const statement = tablesDdl(verb, 'ddl', tables, text, () => []);
  return statement.kind === 'ddl' ? { ...statement, object: 'other' } : { kind: 'other' };
}
