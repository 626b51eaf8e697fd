import { CdcError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { ServerFacts } from '../../core/mysql/facts.ts';
import { connectMysql } from '../../core/mysql/session.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import { type BinlogPosition, formatPosition } from '../../core/position.ts';
import { definitionProblem } from '../binlog/definition-check.ts';
import type { QueryEvent, TableMap } from '../binlog/event.ts';
import { needsDefinition, resolveShape } from '../binlog/resolve-shape.ts';
import type { TableDefinition, TableShape } from '../binlog/table-shape.ts';
import type { Statement } from './ddl/statement.ts';
import { DdlAhead } from './ddl-ahead.ts';
import { readStatement } from './read-statement.ts';
import type { Known } from './schema/catalog.ts';
import { type CatalogTable, definitionOf } from './schema/catalog-table.ts';
import { readTables } from './schema/read-tables.ts';
import { takeSnapshot } from './schema/snapshot.ts';
import { TrackedSchema } from './schema/tracked-schema.ts';
import { changesOf, type SchemaHistory, type SchemaSource } from './source.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface ServerSchemaOptions {
  readonly target: MysqlTarget;
  readonly facts: ServerFacts;
  /** The schema history of the checkpoint that the stream resumes from; null: none is kept. */
  readonly schemaState: Uint8Array | null;
  readonly schemaVersion: number | null;
  readonly log: Log;
}

/**
 * The schema of a server as of the stream's position. Where the table maps say all (binlog_row_metadata=FULL)
 * the server is asked only for what they can't say: a unique key that stands in for a missing primary key.
 * Elsewhere, and on MariaDB with its types that look like BINARY, the whole schema is read once and then follows
 * the log.
 */
export class ServerSchema implements SchemaSource {
  readonly #options: ServerSchemaOptions;
  #target: MysqlTarget;
  #facts: ServerFacts;
  #ahead: DdlAhead;
  #tracked: TrackedSchema | null;
  /** Without a schema of our own: definitions asked for one by one; forgotten at DDL that names the table. */
  #asked = new Map<string, Known>();

  constructor(options: ServerSchemaOptions) {
    this.#options = options;
    this.#target = options.target;
    this.#facts = options.facts;
    this.#ahead = this.#lookAhead();
    const { schemaState } = options;
    this.#tracked = schemaState === null ? null : TrackedSchema.restore(schemaState, this.#foldCase);
  }

  /** A connection was made, to go on at `start`; its file and position are those of the server before. */
  async connected(target: MysqlTarget, facts: ServerFacts, start: BinlogPosition): Promise<void> {
    this.#tracked?.rewindTo(start);
    this.#asked.clear();
    const moved = facts.serverUuid !== this.#facts.serverUuid;
    this.#target = target;
    this.#facts = facts;
    if (moved) this.#otherServer();
    // MariaDB's log never says all: a table that is gone by now may have had a UUID
    const saysAll = facts.rowMetadata === 'FULL' && facts.flavor === 'mysql';
    if (this.#tracked === null && !saysAll) await this.#track();
  }

  shapeOf(map: TableMap, at: BinlogPosition): TableShape | Promise<TableShape> {
    const { flavor } = this.#facts;
    const needs = needsDefinition(map, flavor);
    if (needs === 'no') return resolveShape(map, null, flavor);
    if (this.#tracked !== null) return this.#shapeFrom(this.#tracked, map, at);
    // the setting was changed while we were reading
    if (map.metadata?.names === undefined) return this.#startTracking(map, at);
    const known = this.#asked.get(keyOf(map));
    if (known !== undefined) return resolveShape(map, definition(map, known), flavor);
    return this.#ask(map, at).then((table) => {
      this.#asked.set(keyOf(map), table);
      return resolveShape(map, definition(map, table), flavor);
    });
  }

  readStatement(query: QueryEvent): Statement {
    const { flavor, versionNumbers, lowerCaseTableNames } = this.#facts;
    return readStatement(query, { flavor, serverVersion: versionNumbers, lowerCaseTableNames });
  }

  applyStatement(statement: Statement, at: BinlogPosition): undefined {
    this.#tracked?.apply(changesOf(statement), at);
    const named = statement.kind === 'ddl' && statement.object !== 'database' ? statement.tables : [];
    if (named.length === 0) this.#asked.clear();
    for (const name of named) this.#asked.delete(keyOf(name));
    return undefined;
  }

  history(): SchemaHistory | null {
    return this.#tracked;
  }

  get #foldCase(): boolean {
    return this.#facts.lowerCaseTableNames !== 0;
  }

  #lookAhead(): DdlAhead {
    return new DdlAhead({
      target: this.#target,
      flavor: this.#facts.flavor,
      readStatement: (query) => this.readStatement(query),
    });
  }

  /** Places in the log of the old server mean nothing on the new one. */
  #otherServer(): void {
    this.#ahead = this.#lookAhead();
    if (this.#tracked?.settleAll() === false) this.#tracked = null;
  }

  async #track(): Promise<TrackedSchema> {
    const session = await connectMysql(this.#target, { timeoutMs: CONNECT_TIMEOUT_MS });
    try {
      const snapshot = await takeSnapshot(session, this.#ahead);
      const tracked = new TrackedSchema(this.#foldCase, (this.#options.schemaVersion ?? 0) + 1);
      tracked.adopt(snapshot);
      this.#tracked = tracked;
      this.#options.log.info('schema_read', {
        tables: snapshot.tables.length,
        file: snapshot.asOf.file,
        position: snapshot.asOf.position,
      });
      return tracked;
    } finally {
      await session.end();
    }
  }

  async #startTracking(map: TableMap, at: BinlogPosition): Promise<TableShape> {
    return await this.#shapeFrom(await this.#track(), map, at);
  }

  #shapeFrom(tracked: TrackedSchema, map: TableMap, at: BinlogPosition): TableShape | Promise<TableShape> {
    const { flavor } = this.#facts;
    const found = tracked.find(map, at);
    const fits = (known: Known): known is CatalogTable =>
      known !== 'unknown' &&
      definitionProblem(map, definitionOf(map.database, map.table, known), flavor === 'mariadb') === null;
    const { table } = found;
    if (found.kind === 'tracked' && fits(table)) return resolveShape(map, definition(map, table), flavor);
    const resolve = async (): Promise<TableShape> => {
      if (found.kind === 'later' && fits(table)) {
        const changed = await this.#ahead.changes(map.database, map.table, at, found.asOf);
        if (!changed) return resolveShape(map, definition(map, table), flavor);
      }
      const asked = await this.#ask(map, at);
      const shape = resolveShape(map, definition(map, asked), flavor);
      tracked.learn(map, asked, at);
      return shape;
    };
    return resolve();
  }

  /** The table as the server has it now, if it is the one of the event too. */
  async #ask(map: TableMap, at: BinlogPosition): Promise<Known> {
    const { database, table } = map;
    const session = await connectMysql(this.#target, { timeoutMs: CONNECT_TIMEOUT_MS });
    try {
      const tables = await readTables((sql, params) => session.query(sql, params), { database, table });
      const known = [...tables.values()][0]?.table ?? 'unknown';
      // a table map that names its columns is held against the definition name by name
      if (known === 'unknown' || map.metadata?.names !== undefined) return known;
      const now = await session.currentPosition();
      if (!(await this.#ahead.changes(database, table, at, now))) return known;
    } finally {
      await session.end();
    }
    throw new CdcError(
      'CDC_SCHEMA_UNKNOWN',
      `${database}.${table} has been changed since ${formatPosition(at)}, and the log does not name its columns`,
    );
  }
}

const keyOf = ({ database, table }: { database: string; table: string }): string =>
  JSON.stringify([database, table]);

const definition = (map: TableMap, known: Known): TableDefinition | null =>
  known === 'unknown' ? null : definitionOf(map.database, map.table, known);
