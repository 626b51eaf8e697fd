import { randomInt } from 'node:crypto';
import { eachEvent } from '../../core/event-runs.ts';
import { openDump } from '../../core/mysql/dump.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import { type BinlogPosition, comparePositions } from '../../core/position.ts';
import type { BinlogEvent, QueryEvent } from '../binlog/event.ts';
import { BinlogParser } from '../binlog/parser.ts';
import type { Statement } from './ddl/statement.ts';
import type { TableName } from './ddl/table-name.ts';
import { PositionTracker } from './position-tracker.ts';

const HEARTBEAT_MS = 5_000;

export interface DdlAheadOptions {
  readonly target: MysqlTarget;
  readonly flavor: 'mysql' | 'mariadb';
  readonly readStatement: (query: QueryEvent) => Statement;
}

/**
 * Which tables are changed between where the stream stands and where the server is. A definition that is asked
 * for now belongs to an event only if no statement in between has renamed, moved or re-created its columns: of
 * two columns of one type the table map can't tell which is which. Reads the log once, ahead of the stream.
 */
export class DdlAhead {
  readonly #options: DdlAheadOptions;
  /** Where each table (and whole database, as `database.`) was last changed. */
  readonly #changedAt = new Map<string, BinlogPosition>();
  /** The same, for any statement that names it. */
  readonly #namedAt = new Map<string, BinlogPosition>();
  #readTo: BinlogPosition | null = null;

  constructor(options: DdlAheadOptions) {
    this.#options = options;
  }

  /** Is the table changed after `at`, up to `now`? `at` must be a commit boundary. */
  async changes(database: string, table: string, at: BinlogPosition, now: BinlogPosition): Promise<boolean> {
    return await this.#any(this.#changedAt, { database, table }, at, now);
  }

  /** Does any statement that changes the schema name the table after `at`, up to `now`? */
  async names(name: TableName, at: BinlogPosition, now: BinlogPosition): Promise<boolean> {
    return await this.#any(this.#namedAt, name, at, now);
  }

  async #any(
    places: ReadonlyMap<string, BinlogPosition>,
    { database, table }: TableName,
    at: BinlogPosition,
    now: BinlogPosition,
  ): Promise<boolean> {
    const from = this.#readTo !== null && comparePositions(this.#readTo, at) > 0 ? this.#readTo : at;
    if (comparePositions(from, now) < 0) await this.#read(from, now);
    return [key(database, table), key(database, '')].some((name) => {
      const changed = places.get(name);
      return changed !== undefined && comparePositions(changed, at) > 0;
    });
  }

  async #read(from: BinlogPosition, to: BinlogPosition): Promise<void> {
    const { target, flavor } = this.#options;
    const dump = await openDump({
      target,
      flavor,
      // an id of its own: the stream's would end the stream's dump
      serverId: randomInt(2 ** 31, 2 ** 32 - 1),
      from: { kind: 'position', file: from.file, position: from.position },
      heartbeatMs: HEARTBEAT_MS,
      stopAtEnd: true,
    });
    const parser = new BinlogParser({ verifyChecksum: true, flavor });
    const tracker = new PositionTracker(from);
    try {
      for await (const chunk of dump) {
        for (const bytes of eachEvent(chunk)) {
          const event = parser.parse(bytes);
          tracker.advance(event.header);
          if (event.kind === 'rotate') tracker.rotate(event.file, event.position);
          this.#note(event, tracker.current);
        }
        if (comparePositions(tracker.current, to) >= 0) break;
      }
    } finally {
      dump.close();
    }
    this.#readTo = to;
  }

  #note(event: BinlogEvent, at: BinlogPosition): void {
    if (event.kind !== 'query') return;
    const statement = this.#options.readStatement(event);
    if (statement.kind !== 'ddl' || statement.object === 'other') return;
    const names =
      statement.object === 'database'
        ? [key(statement.database, '')]
        : statement.tables.map((name) => key(name.database, name.table));
    for (const name of names) {
      this.#namedAt.set(name, at);
      if (movesColumns(statement)) this.#changedAt.set(name, at);
    }
  }
}

const key = (database: string, table: string): string => JSON.stringify([database, table]);

/**
 * May columns have other names or places after it, with the types that they had? Columns that are added, and
 * types that change, show in the table map; indexes, options and partitions change no column.
 */
export function movesColumns(statement: Extract<Statement, { kind: 'ddl' }>): boolean {
  // else a table is made anew only after it was dropped or renamed, which counts
  if (statement.verb === 'CREATE') return /\bOR\s+REPLACE\s+TABLE\b/i.test(statement.sql);
  if (statement.action === 'truncate') return false;
  if (statement.verb !== 'ALTER') return true;
  return COLUMN_CLAUSES.test(statement.sql);
}

const NO_COLUMN = '(?:INDEX|KEY|PRIMARY|FOREIGN|CONSTRAINT|CHECK|PARTITION|SYSTEM)';
const COLUMN_CLAUSES = new RegExp(
  `\\b(?:CHANGE|MODIFY|CONVERT)\\b|\\b(?:DROP|RENAME)\\s+(?!(?:IF\\s+EXISTS\\s+)?${NO_COLUMN}\\b)`,
  'i',
);
