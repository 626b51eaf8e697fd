import { decodeText } from '../binlog/charset.ts';
import { charsetOf } from '../binlog/collations.ts';
import type { QueryEvent } from '../binlog/event.ts';
import { parseStatement } from './ddl/parse-statement.ts';
import type { Statement } from './ddl/statement.ts';

/** What the meaning of a statement's text depends on. */
export interface StatementContext {
  readonly flavor: 'mysql' | 'mariadb';
  readonly serverVersion: readonly [number, number, number];
  readonly lowerCaseTableNames: number;
}

const BEGIN = Buffer.from('BEGIN');
const COMMIT = Buffer.from('COMMIT');

/** The statement of a query event; BEGIN and COMMIT, the bulk of them, without parsing. */
export function readStatement(query: QueryEvent, context: StatementContext): Statement {
  if (query.sql.equals(BEGIN)) return { kind: 'begin' };
  if (query.sql.equals(COMMIT)) return { kind: 'commit' };
  const charset = query.clientCollation === null ? 'utf8mb4' : charsetOf(query.clientCollation);
  return parseStatement(decodeText(query.sql, charset), {
    ...context,
    database: query.database,
    sqlMode: query.sqlMode,
    serverCollation: query.serverCollation,
    explicitTimestamps: query.explicitTimestamps,
  });
}
