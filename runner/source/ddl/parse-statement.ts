import { redactSql } from './redact-sql.ts';
import type { Statement, TableName } from './statement.ts';
import { type Token, tokenize } from './tokens.ts';
import { readXa } from './xa.ts';

export interface StatementContextOf {
  readonly flavor: 'mysql' | 'mariadb';
  readonly serverVersion: readonly [number, number, number];
  /** Default database of the session. */
  readonly database: string;
  readonly sqlMode: bigint | null;
  readonly lowerCaseTableNames: number;
}

/** sql_mode bits (sql/system_variables.h). */
const ANSI_QUOTES = 4n;
const NO_BACKSLASH_ESCAPES = 0x10_0000n;

const DML = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'CALL', 'DO', 'WITH', 'SELECT']);
const ACCOUNT = new Set(['GRANT', 'REVOKE', 'SET', 'CHANGE']);
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

class Words {
  readonly tokens: readonly Token[];
  at: number;

  constructor(tokens: readonly Token[], at = 0) {
    this.tokens = tokens;
    this.at = at;
  }

  get upper(): string {
    return this.tokens[this.at]?.upper ?? '';
  }

  take(...words: string[]): boolean {
    if (!words.includes(this.upper)) return false;
    this.at += 1;
    return true;
  }

  /** An identifier, quoted or not; null where none stands. */
  name(): string | null {
    const token = this.tokens[this.at];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return null;
    this.at += 1;
    return token.text;
  }

  /** `name` or `database.name`. */
  table(database: string, fold: (name: string) => string): TableName | null {
    const first = this.name();
    if (first === null) return null;
    if (!this.take('.')) return { database: fold(database), table: fold(first) };
    const second = this.name();
    return second === null ? null : { database: fold(first), table: fold(second) };
  }

  skipTo(word: string): void {
    while (this.at < this.tokens.length && this.upper !== word) this.at += 1;
  }

  ifExists(): void {
    if (!this.take('IF')) return;
    this.take('NOT');
    this.take('EXISTS');
  }

  /** MariaDB: SET STATEMENT a=b, … FOR statement. */
  skipSetStatement(): void {
    if (this.upper !== 'SET' || this.tokens[this.at + 1]?.upper !== 'STATEMENT') return;
    this.skipTo('FOR');
    this.at += 1;
  }
}

/** Understands a statement of the binlog; never throws. */
export function parseStatement(sql: string, context: StatementContextOf): Statement {
  const mode = context.sqlMode ?? 0n;
  const tokens = tokenize(sql, {
    flavor: context.flavor,
    serverVersion: context.serverVersion,
    ansiQuotes: (mode & ANSI_QUOTES) !== 0n,
    noBackslashEscapes: (mode & NO_BACKSLASH_ESCAPES) !== 0n,
  });
  const words = new Words(tokens);
  words.skipSetStatement();
  while (words.take('('));
  const verb = words.upper;
  words.at += 1;
  switch (verb) {
    case 'BEGIN':
      return { kind: 'begin' };
    case 'START':
      return words.upper === 'TRANSACTION' ? { kind: 'begin' } : { kind: 'other' };
    case 'COMMIT':
      return { kind: 'commit' };
    case 'ROLLBACK':
      return tokens.some((token) => token.upper === 'TO') ? { kind: 'savepoint' } : { kind: 'rollback' };
    case 'SAVEPOINT':
    case 'RELEASE':
      return { kind: 'savepoint' };
    case 'XA':
      return readXa(sql, tokens);
    default:
  }
  if (DML.has(verb)) return { kind: 'dml', tables: [] };
  if (ACCOUNT.has(verb)) return { kind: 'account' };
  const fold = (name: string): string => (context.lowerCaseTableNames === 1 ? name.toLowerCase() : name);
  return parseDdl(verb, words, { sql, tokens, database: context.database, fold }) ?? { kind: 'other' };
}

interface DdlText {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly database: string;
  readonly fold: (name: string) => string;
}

function parseDdl(verb: string, words: Words, text: DdlText): Statement | null {
  switch (verb) {
    case 'CREATE':
    case 'ALTER':
    case 'DROP':
      return parseObject(verb, words, text);
    case 'TRUNCATE':
      words.take('TABLE');
      return tablesDdl(verb, 'truncate', tableList(words, text, ','), text);
    case 'RENAME':
      if (words.take('USER')) return { kind: 'account' };
      words.take('TABLE', 'TABLES');
      words.ifExists();
      return tablesDdl(verb, 'ddl', renamed(words, text), text);
    default:
      return null;
  }
}

function parseObject(verb: string, words: Words, text: DdlText): Statement {
  while (CREATE_NOISE.has(words.upper)) words.at += 1;
  skipDefiner(words);
  const object = words.upper;
  words.at += 1;
  if (ACCOUNT_OBJECTS.has(object)) return { kind: 'account' };
  if (object === 'DATABASE' || object === 'SCHEMA') return databaseDdl(verb, words, text);
  if (object === 'TABLE' || object === 'TABLES') {
    words.ifExists();
    const tables = verb === 'DROP' ? tableList(words, text, ',') : oneTable(words, text);
    if (verb === 'ALTER') tables.push(...renameTargets(words, text));
    return tablesDdl(verb, 'ddl', tables, text);
  }
  if (object === 'INDEX') {
    words.skipTo('ON');
    words.take('ON');
    return tablesDdl(verb, 'ddl', oneTable(words, text), text);
  }
  if (object === 'SEQUENCE') {
    words.ifExists();
    return otherDdl(verb, tableList(words, text, ','), text);
  }
  if (!DEFINED_OBJECTS.has(object)) return { kind: 'other' };
  words.ifExists();
  return otherDdl(verb, oneTable(words, text), text);
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

function databaseDdl(verb: string, words: Words, text: DdlText): Statement {
  words.ifExists();
  const named = ['CHARACTER', 'CHARSET', 'COLLATE', 'DEFAULT', 'ENCRYPTION', 'READ', 'UPGRADE'].includes(
    words.upper,
  )
    ? null
    : words.name();
  return {
    kind: 'ddl',
    action: 'ddl',
    object: 'database',
    verb,
    database: text.fold(named ?? text.database),
    table: null,
    tables: [],
    sql: redactSql(text.sql, text.tokens),
  };
}

function tablesDdl(
  verb: string,
  action: 'ddl' | 'truncate',
  tables: readonly TableName[],
  text: DdlText,
): Statement {
  const [first] = tables;
  if (first === undefined) return { kind: 'unparsed' };
  const sql = redactSql(text.sql, text.tokens);
  return {
    kind: 'ddl',
    action,
    object: 'table',
    verb,
    database: first.database,
    table: first.table,
    tables,
    sql,
  };
}

function otherDdl(verb: string, tables: readonly TableName[], text: DdlText): Statement {
  const statement = tablesDdl(verb, 'ddl', tables, text);
  return statement.kind === 'ddl' ? { ...statement, object: 'other' } : { kind: 'other' };
}
