import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { Written } from './delivery.ts';
import type { MysqlAddress } from './servers.ts';

const ROWS_PER_TRANSACTION = 10;

/** Rows of one transaction, before it is known to be committed. */
interface Batch {
  readonly transaction: number;
  readonly changes: readonly Written[];
  readonly statements: readonly { readonly sql: string; readonly values: readonly number[] }[];
}

/**
 * Writes inserts, updates and deletes to some tables at a given rate, and knows exactly what was committed, over
 * restarts of the server too: each transaction writes its number to a ledger, and one whose commit was cut off
 * is looked up there.
 */
export class Writer {
  /** What has been committed, in order. */
  readonly written: Written[] = [];
  readonly #address: MysqlAddress;
  readonly #database: string;
  readonly #tables: readonly string[];
  readonly #live = new Map<string, Map<number, number>>();
  #abort = new AbortController();
  #connection: Connection | undefined;
  #loop: Promise<void> = Promise.resolve();
  #transactions = 0;
  #lastId = 0;
  #lastSeq = 0;

  constructor(address: MysqlAddress, database: string, tables: readonly string[]) {
    this.#address = address;
    this.#database = database;
    this.#tables = tables;
    for (const table of tables) this.#live.set(table, new Map());
  }

  async createTables(): Promise<void> {
    const connection = await this.#connect();
    for (const table of this.#tables) {
      await connection.query(
        `CREATE TABLE ${table} (id INT PRIMARY KEY, seq BIGINT NOT NULL, text VARCHAR(200) CHARACTER SET utf8mb4)`,
      );
    }
    // In a database of its own, which no task captures.
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${this.#database}_ledger`);
    await connection.query(`CREATE TABLE ${this.#ledger} (transaction_no INT PRIMARY KEY)`);
  }

  /** Begins to write about `rowsPerSecond` rows, until `pause` or `stop`. */
  start(rowsPerSecond: number): void {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const began = Date.now();
    const before = this.#transactions;
    const transactionsPerMs = rowsPerSecond / ROWS_PER_TRANSACTION / 1_000;
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        await this.transaction();
        const dueMs = began + (this.#transactions - before) / transactionsPerMs;
        await sleep(Math.max(0, dueMs - Date.now()));
      }
    };
    this.#loop = run();
  }

  /** Waits until nothing is being written any more; throws what went wrong. `start` goes on. */
  async pause(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  /** Ends the writing; throws what went wrong with it. */
  async stop(): Promise<void> {
    await this.pause();
    await this.#connection?.end().catch(() => {});
  }

  /** Writes one transaction of some rows; comes back when it is committed, however long the server is away. */
  async transaction(): Promise<readonly Written[]> {
    this.#transactions += 1;
    const batch = this.#makeBatch(this.#transactions);
    while (!(await this.#commit(batch))) await sleep(50);
    this.written.push(...batch.changes);
    for (const { table, id, action, seq } of batch.changes) {
      if (action === 'delete') this.#live.get(table)?.delete(id);
      else this.#live.get(table)?.set(id, seq);
    }
    return batch.changes;
  }

  get #ledger(): string {
    return `${this.#database}_ledger.ledger`;
  }

  #makeBatch(transaction: number): Batch {
    const changes: Written[] = [];
    const statements: { sql: string; values: number[] }[] = [];
    const table = this.#tables[transaction % this.#tables.length] ?? '';
    const live = [...(this.#live.get(table) ?? [])];
    for (let row = 0; row < ROWS_PER_TRANSACTION; row += 1) {
      const [id, seq] = live[(transaction * 31 + row * 17) % Math.max(1, live.length)] ?? [0, 0];
      const taken = changes.some((change) => change.id === id);
      if (row < 6 || id === 0 || taken) {
        this.#lastId += 1;
        this.#lastSeq += 1;
        changes.push({ table, id: this.#lastId, action: 'insert', seq: this.#lastSeq });
        statements.push({
          sql: `INSERT INTO ${table} VALUES (?, ?, 'größer 東京 \\'quoted\\'')`,
          values: [this.#lastId, this.#lastSeq],
        });
      } else if (row < 9) {
        this.#lastSeq += 1;
        changes.push({ table, id, action: 'update', seq: this.#lastSeq });
        statements.push({ sql: `UPDATE ${table} SET seq = ? WHERE id = ?`, values: [this.#lastSeq, id] });
      } else {
        changes.push({ table, id, action: 'delete', seq });
        statements.push({ sql: `DELETE FROM ${table} WHERE id = ?`, values: [id] });
      }
    }
    return { transaction, changes, statements };
  }

  /** Whether the transaction is committed now; false says that it surely is not, and can be tried again. */
  async #commit({ transaction, statements }: Batch): Promise<boolean> {
    try {
      const connection = await this.#connect();
      const [rows] = await connection.query(`SELECT 1 FROM ${this.#ledger} WHERE transaction_no = ?`, [
        transaction,
      ]);
      if ((rows as unknown[]).length > 0) return true;
      await connection.beginTransaction();
      for (const { sql, values } of statements) await connection.query(sql, [...values]);
      await connection.query(`INSERT INTO ${this.#ledger} VALUES (?)`, [transaction]);
      await connection.commit();
      return true;
    } catch (error) {
      if (isSqlError(error)) throw error;
      this.#connection?.destroy();
      this.#connection = undefined;
      return false;
    }
  }

  async #connect(): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection;
    const { host, port, user, password } = this.#address;
    const connection = await createConnection({ host, port, user, password, database: this.#database });
    // A connection without a listener throws what happens to it between two queries.
    connection.on('error', () => {});
    this.#connection = connection;
    return connection;
  }
}

/** A refusal by a server that is up, other than one that is going down: a defect of the test. */
function isSqlError(error: unknown): boolean {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return false;
  const goingDown = [1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1317, 1927];
  return error.errno >= 1000 && error.errno < 2000 && !goingDown.includes(error.errno);
}
