/** Runs rounds on a server and looks at the tables in between. */
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlAddress } from '../support/servers.ts';
import type { SelectedRow } from './compare.ts';
import { selected } from './kinds.ts';
import type { Round } from './round.ts';
import type { Table } from './table.ts';

/**
 * Errors that random statements may give: keys that are there already, values that do not fit, documents, shapes and
 * constraints that the server refuses, transactions that it can't keep.
 */
const ALLOWED = new Set([
  1022, 1048, 1062, 1105, 1264, 1265, 1292, 1300, 1364, 1365, 1366, 1367, 1399, 1400, 1401, 1402, 1406, 1411,
  1416, 1467, 1534, 1586, 1690, 1713, 1785, 3055, 3140, 3141, 3143, 3146, 3149, 3150, 3157, 3158, 3516, 3616,
  3617, 3643, 3732, 3819, 3903, 4025, 4078, 6136, 6138,
]);
/** Tables that no server can make: too wide, keys too long, a default that does not fit. */
const NO_TABLE = new Set([
  1067, 1069, 1071, 1074, 1101, 1113, 1117, 1118, 1167, 1170, 1291, 1901, 1293, 3728, 3756, 4028, 4108, 1178,
]);

export interface Snapshot {
  readonly round: number;
  readonly rows: readonly SelectedRow[];
}

export interface Written {
  /** By the id of the mark that follows it in the log. */
  readonly snapshots: ReadonlyMap<number, Snapshot>;
  /** Rounds whose table the server took. */
  readonly made: ReadonlySet<number>;
  readonly statements: number;
  /** Statements that the server refused. */
  readonly refused: number;
}

const codeOf = (error: unknown): number => {
  const { errno } = error as { errno?: unknown };
  return typeof errno === 'number' ? errno : 0;
};

export class Writer {
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #snapshots = new Map<number, Snapshot>();
  readonly #made = new Set<number>();
  readonly #unexpected: string[] = [];
  #statements = 0;
  #refused = 0;
  #mark = 0;

  private constructor(writer: Connection, reader: Connection) {
    this.#writer = writer;
    this.#reader = reader;
  }

  static async open(address: MysqlAddress, database: string): Promise<Writer> {
    const { host, port, user, password } = address;
    const connect = (): Promise<Connection> =>
      createConnection({ host, port, user, password, charset: 'utf8mb4_general_ci' });
    const writer = await connect();
    await writer.query(`CREATE DATABASE ${database}`);
    await writer.query(`USE ${database}`);
    await writer.query('CREATE TABLE marks (id INT PRIMARY KEY)');
    const reader = await connect();
    await reader.query(`USE ${database}`);
    await reader.query("SET SESSION time_zone = '+00:00', sql_mode = ''");
    return new Writer(writer, reader);
  }

  async set(setting: string): Promise<void> {
    await this.#writer.query(`SET GLOBAL ${setting}`);
  }

  async close(): Promise<void> {
    await this.#writer.end();
    await this.#reader.end();
  }

  /** Throws where a statement failed in a way that random statements may not. */
  written(): Written {
    if (this.#unexpected.length > 0) throw new Error(this.#unexpected.join('\n\n'));
    return {
      snapshots: this.#snapshots,
      made: this.#made,
      statements: this.#statements,
      refused: this.#refused,
    };
  }

  async run(round: Round, number: number): Promise<void> {
    for (const sql of round.session) await this.#writer.query(sql);
    try {
      await this.#writer.query(round.table.create);
    } catch (error) {
      if (!NO_TABLE.has(codeOf(error))) this.#unexpected.push(describe(error, round, round.table.create));
      return;
    }
    this.#made.add(number);
    for (const unit of round.units) {
      for (const sql of unit) await this.#execute(sql, round);
      if (unit[0]?.startsWith('SET SESSION') !== true) await this.#look(round.table, number);
    }
  }

  async #execute(sql: string, round: Round): Promise<void> {
    this.#statements += 1;
    try {
      await this.#writer.query(sql);
    } catch (error) {
      if (!ALLOWED.has(codeOf(error))) this.#unexpected.push(describe(error, round, sql));
      this.#refused += 1;
    }
  }

  async #look(table: Table, round: number): Promise<void> {
    const list = table.columns.map(({ kind, quoted }, index) => `${selected(kind, quoted)} AS c${index}`);
    const [rows] = await this.#reader.query<RowDataPacket[]>(
      `SELECT ${list.join(', ')} FROM ${table.quoted}`,
    );
    this.#mark += 1;
    this.#snapshots.set(this.#mark, {
      round,
      rows: rows.map((row) =>
        Object.fromEntries(
          table.columns.map(({ name }, index): [string, string | null] => [name, asText(row[`c${index}`])]),
        ),
      ),
    });
    await this.#writer.query(`INSERT INTO marks VALUES (${this.#mark})`);
  }
}

const asText = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);

function describe(error: unknown, round: Round, sql: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return `seed ${round.seed}: ${codeOf(error)} ${message}\n${sql.slice(0, 1500)}`;
}
