import { CdcError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { ServerFacts } from '../../core/mysql/facts.ts';
import { connectMysql } from '../../core/mysql/session.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import { type BinlogPosition, formatPosition } from '../../core/position.ts';
import type { QueryEvent, TableMap } from '../binlog/event.ts';
import { needsDefinition, resolveShape } from '../binlog/resolve-shape.ts';
import type { TableDefinition, TableShape } from '../binlog/table-shape.ts';
import type { Statement } from './ddl/statement.ts';
import { DdlAhead } from './ddl-ahead.ts';
import { readStatement, type StatementContext } from './read-statement.ts';
import type { SchemaHistory, SchemaSource } from './source.ts';
import { readTableDefinition } from './table-definition.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface ServerSchemaOptions {
  readonly target: MysqlTarget;
  readonly facts: ServerFacts;
  readonly log: Log;
}

/**
 * The schema of a server as of the stream's position. Where the table maps say all (binlog_row_metadata=FULL)
 * the server is asked only for what they can't say: a unique key that stands in for a missing primary key,
 * and MariaDB's types that look like BINARY.
 */
export class ServerSchema implements SchemaSource {
  readonly #options: ServerSchemaOptions;
  readonly #context: StatementContext;
  /** Definitions asked for one by one; forgotten at DDL that names the table. */
  #asked = new Map<string, TableDefinition | null>();
  readonly #ahead: DdlAhead;

  constructor(options: ServerSchemaOptions) {
    this.#options = options;
    const { flavor, versionNumbers, lowerCaseTableNames } = options.facts;
    this.#ahead = new DdlAhead({
      target: options.target,
      flavor,
      readStatement: (query) => this.readStatement(query),
    });
    this.#context = { flavor, serverVersion: versionNumbers, lowerCaseTableNames };
  }

  shapeOf(map: TableMap, at: BinlogPosition): TableShape | Promise<TableShape> {
    const { flavor } = this.#options.facts;
    if (needsDefinition(map, flavor) === 'no') return resolveShape(map, null, flavor);
    const name = JSON.stringify([map.database, map.table]);
    const known = this.#asked.get(name);
    if (known !== undefined) return resolveShape(map, known, flavor);
    return this.#ask(map, at).then((definition) => {
      this.#asked.set(name, definition);
      return resolveShape(map, definition, flavor);
    });
  }

  readStatement(query: QueryEvent): Statement {
    return readStatement(query, this.#context);
  }

  applyStatement(statement: Statement): undefined {
    const named = statement.kind === 'ddl' && statement.object !== 'database' ? statement.tables : [];
    if (named.length === 0) this.#asked.clear();
    for (const { database, table } of named) this.#asked.delete(JSON.stringify([database, table]));
    return undefined;
  }

  history(): SchemaHistory | null {
    return null;
  }

  /** The definition as the server has it now, if it is the one of the event too. */
  async #ask(map: TableMap, at: BinlogPosition): Promise<TableDefinition | null> {
    const { database, table } = map;
    const session = await connectMysql(this.#options.target, { timeoutMs: CONNECT_TIMEOUT_MS });
    try {
      const definition = await readTableDefinition(
        (sql, params) => session.query(sql, params),
        database,
        table,
      );
      // a table map that names its columns is held against the definition name by name
      if (definition === null || map.metadata?.names !== undefined) return definition;
      const now = await session.currentPosition();
      if (!(await this.#ahead.changes(database, table, at, now))) return definition;
    } finally {
      await session.end();
    }
    throw new CdcError(
      'CDC_SCHEMA_UNKNOWN',
      `${database}.${table} has been changed since ${formatPosition(at)}, and the log does not name its columns`,
    );
  }
}
