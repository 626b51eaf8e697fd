/**
 * The embedded store: one SQLite file that the control plane and each runner open side by side. WAL with
 * synchronous=FULL: what a call has returned from is on the disk, over kill -9 and loss of power.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { CdcError } from '../errors.ts';

const BUSY_TIMEOUT_MS = 10_000;

/** One entry a version of the file; a file is moved on from the version it has. Never change an entry that was released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE tasks (task_id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, item TEXT NOT NULL) STRICT;
   CREATE INDEX tasks_by_state ON tasks (state, task_id);
   CREATE TABLE leases (task_id TEXT PRIMARY KEY, owner TEXT, generation INTEGER NOT NULL, fencing_token INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL, status TEXT) STRICT;
   CREATE TABLE checkpoints (task_id TEXT PRIMARY KEY, fencing_token INTEGER NOT NULL, item TEXT) STRICT;
   CREATE TABLE schemas (task_id TEXT NOT NULL, version INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (task_id, version)) STRICT;
   CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, at_ms INTEGER NOT NULL, item TEXT NOT NULL) STRICT;
   CREATE INDEX history_by_task ON history (task_id, at_ms, id);
   CREATE TABLE secrets (name TEXT PRIMARY KEY, task_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;`,
];

export type Row = Record<string, unknown>;

/** What the stores need of the database: statements prepared once, errors as CdcErrors. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  /** Makes folder (0700) and file (0600) where they are missing, and moves an older file on. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    chmodSync(path, 0o600);
    this.#migrate(path);
  }

  #migrate(path: string): void {
    this.transaction(() => {
      const version = Number(this.get('PRAGMA user_version')?.user_version ?? 0);
      if (version > MIGRATIONS.length) {
        throw new CdcError('CDC_CONFIG', `${path} was written by a newer version of Galaxy`, {
          hint: 'Start that version, or choose another data folder.',
        });
      }
      for (const step of MIGRATIONS.slice(version)) this.#db.exec(step);
      this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  #prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get(sql: string, ...params: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#prepare(sql).get(...params) as Row | undefined);
  }

  all(sql: string, ...params: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...params) as Row[]);
  }

  /** The number of rows changed. */
  run(sql: string, ...params: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...params).changes));
  }

  /** All or nothing, alone: no other writer comes between. */
  transaction<T>(work: () => T): T {
    this.#guard(() => this.#db.exec('BEGIN IMMEDIATE'));
    try {
      const result = work();
      this.#guard(() => this.#db.exec('COMMIT'));
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof CdcError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new CdcError('CDC_STORE_UNAVAILABLE', `the embedded store: ${message}`, { cause: error });
    }
  }
}
