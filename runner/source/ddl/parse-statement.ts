import { charsetOf } from '../../binlog/collations.ts';
import { parseDdl } from './parse-ddl.ts';
import type { Statement } from './statement.ts';
import { tokenize } from './tokens.ts';
import { Words } from './words.ts';
import { readXa } from './xa.ts';

export interface StatementContextOf {
  readonly flavor: 'mysql' | 'mariadb';
  readonly serverVersion: readonly [number, number, number];
  /** Default database of the session. */
  readonly database: string;
  readonly sqlMode: bigint | null;
  readonly lowerCaseTableNames: number;
  /** Collation of the server as the session saw it; null where not told. */
  readonly serverCollation: number | null;
  /** explicit_defaults_for_timestamp of the session; null where not told. */
  readonly explicitTimestamps: boolean | null;
}

/** sql_mode bits (sql/system_variables.h). */
const REAL_AS_FLOAT = 1n;
const ANSI_QUOTES = 4n;
const ORACLE = 0x200n;
const NO_BACKSLASH_ESCAPES = 0x10_0000n;

const DML = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'CALL', 'DO', 'WITH', 'SELECT']);
const ACCOUNT = new Set(['GRANT', 'REVOKE', 'SET', 'CHANGE']);

function savepoint(verb: 'set' | 'release' | 'rollback', words: Words): Statement {
  if (verb !== 'set') words.take('SAVEPOINT');
  return { kind: 'savepoint', verb, name: (words.name() ?? '').toLowerCase() };
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
      words.take('WORK');
      return words.take('TO') ? savepoint('rollback', words) : { kind: 'rollback' };
    case 'SAVEPOINT':
      return savepoint('set', words);
    case 'RELEASE':
      return savepoint('release', words);
    case 'XA':
      return readXa(sql, tokens);
    default:
  }
  if (DML.has(verb)) return { kind: 'dml', tables: [] };
  if (ACCOUNT.has(verb)) return { kind: 'account' };
  const fold = (name: string): string => (context.lowerCaseTableNames === 1 ? name.toLowerCase() : name);
  const has = (bit: bigint): boolean => (mode & bit) !== 0n;
  const { flavor, database, explicitTimestamps, serverCollation } = context;
  return (
    parseDdl(verb, words, {
      ...{ sql, tokens, database, fold, flavor, explicitTimestamps },
      realAsFloat: has(REAL_AS_FLOAT),
      oracle: flavor === 'mariadb' && has(ORACLE),
      serverCharset: serverCollation === null ? null : charsetOf(serverCollation),
      tableName: (names) => names.table(database, fold),
    }) ?? { kind: 'other' }
  );
}
