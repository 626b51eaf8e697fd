/**
 * The embedded store: one SQLite file that the control plane and each runner open side by side. WAL with
 * synchronous=FULL: what a call has returned from is on the disk, over kill -9 and loss of power.
 */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { CdcError } from '../errors.ts';
import { isBusy, openError, storeError } from './errors.ts';
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts';

/** Waiting blocks the process, and other writers hold the file for milliseconds: longer than this is a defect. */
const BUSY_TIMEOUT_MS = 5_000;
const BUSY_PAUSE_MS = 10;

export type Row = Record<string, unknown>;

/** What the stores need of the database: statements prepared once, errors as CdcErrors. */
export class Database {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  /** Makes folder (0700) and file (0600) where they are missing, and moves an older file on. CDC_CONFIG where it can't. */
  constructor(path: string) {
    this.#path = path;
    try {
      makePrivate(path);
      this.#db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    } catch (error) {
      throw openError(path, error);
    }
    try {
      useWal(this.#db);
      this.#migrate();
    } catch (error) {
      this.#db.close();
      throw openError(path, error);
    }
  }

  #migrate(): void {
    if (this.#version() === MIGRATIONS.length) return;
    // another process may be at it: looked at again when it is over
    this.transaction(() => {
      for (const step of MIGRATIONS.slice(this.#version())) this.#db.exec(step);
      this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  /** CDC_CONFIG for a file of a newer version, and for one of another program. */
  #version(): number {
    const version = Number(this.get('PRAGMA user_version')?.user_version);
    const application = Number(this.get('PRAGMA application_id')?.application_id);
    const tables = Number(this.get('SELECT count(*) AS tables FROM sqlite_schema')?.tables);
    if ((application !== 0 && application !== APPLICATION_ID) || (version === 0 && tables > 0)) {
      throw new CdcError('CDC_CONFIG', `${this.#path} belongs to another program`, {
        hint: 'Choose another data folder.',
      });
    }
    if (version > MIGRATIONS.length) {
      throw new CdcError('CDC_CONFIG', `${this.#path} was written by a newer version of Galaxy`, {
        hint: 'Start that version, or choose another data folder.',
      });
    }
    return version;
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
    return this.#between('BEGIN IMMEDIATE', work);
  }

  /** Several reads that see one moment; writers go on beside it. */
  snapshot<T>(work: () => T): T {
    return this.#between('BEGIN', work);
  }

  #between<T>(begin: string, work: () => T): T {
    this.#guard(() => this.#db.exec(begin));
    try {
      const result = work();
      this.#guard(() => this.#db.exec('COMMIT'));
      return result;
    } catch (error) {
      // some errors (a full disk) have rolled back by themselves
      if (this.#db.isTransaction) this.#guard(() => this.#db.exec('ROLLBACK'));
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
      throw storeError(this.#path, error);
    }
  }
}

/** SQLite gives its -wal and -shm files the mode that the file has when they are made: it is set before. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/** The change to WAL does not wait for other processes by itself as statements do. */
function useWal(db: DatabaseSync): void {
  const untilMs = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > untilMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
    }
  }
}
