import { unreachable } from '../../../core/assert.ts';
import { type BinlogPosition, comparePositions } from '../../../core/position.ts';
import type { SchemaChange } from '../ddl/schema-change.ts';
import type { TableName } from '../ddl/table-name.ts';
import type { CatalogTable } from './catalog-table.ts';
import { alteredTable, createdTable } from './change-table.ts';

/** `unknown`: the table may be there, but the log did not tell what it is. */
export type Known = CatalogTable | 'unknown';

interface Entries {
  readonly tables: Map<string, Known>;
  /** Default character set of each database. */
  readonly databases: Map<string, string>;
}

/** What stood there before a change; undefined: nothing did. */
type Before =
  | { readonly of: 'tables'; readonly key: string; readonly value: Known | undefined }
  | { readonly of: 'databases'; readonly key: string; readonly value: string | undefined };

interface Step {
  readonly at: BinlogPosition;
  readonly versionBefore: number;
  readonly before: readonly Before[];
}

/** As JSON keeps it. */
export interface CatalogState {
  readonly version: number;
  readonly tables: [string, Known][];
  readonly databases: [string, string][];
}

/** Names are compared as the server does: without case where it folds them. */
const keyOf = (name: TableName): string => JSON.stringify([name.database, name.table]);

/**
 * Tables as of a place in the stream, moved on by the statements in it. Every change can be taken back for as
 * long as its place is not acknowledged: a stream that goes back takes the schema with it, and a checkpoint
 * keeps the schema of its own place, not of a later one.
 */
export class Catalog {
  readonly #entries: Entries = { tables: new Map(), databases: new Map() };
  readonly #foldCase: boolean;
  #steps: Step[] = [];
  #version: number;
  #newestVersion: number;
  /** The open step's undo list, while a change is made. */
  #before: Before[] = [];

  constructor(foldCase: boolean, firstVersion = 1) {
    this.#foldCase = foldCase;
    this.#version = firstVersion;
    this.#newestVersion = firstVersion;
  }

  table(name: TableName): Known | undefined {
    return this.#entries.tables.get(this.#key(name));
  }

  databaseCharset(database: string): string | null {
    return this.#entries.databases.get(this.#fold(database)) ?? null;
  }

  /** A table as of `at`, known from elsewhere. */
  learn(name: TableName, table: Known, at: BinlogPosition): void {
    this.#step(at, () => this.#put(name, table));
  }

  /** The whole schema as of `at`, known from elsewhere; what else was known stays. */
  replace(
    tables: readonly { readonly name: TableName; readonly table: Known }[],
    databases: readonly (readonly [string, string])[],
    at: BinlogPosition,
  ): void {
    this.#step(at, () => {
      for (const { name, table } of tables) this.#put(name, table);
      for (const [database, charset] of databases) this.#putDatabase(database, charset);
    });
  }

  /** A statement that ends at `at` has been read. */
  apply(changes: readonly SchemaChange[], at: BinlogPosition): void {
    this.#step(at, () => {
      for (const change of changes) this.#change(change);
    });
  }

  #step(at: BinlogPosition, make: () => void): void {
    this.#before = [];
    make();
    if (this.#before.length === 0) return;
    this.#steps.push({ at, versionBefore: this.#version, before: this.#before });
    this.#newestVersion += 1;
    this.#version = this.#newestVersion;
  }

  /** Takes back what came after `at`. */
  rewindTo(at: BinlogPosition): void {
    for (let last = this.#steps.at(-1); last !== undefined; last = this.#steps.at(-1)) {
      if (comparePositions(last.at, at) <= 0) return;
      this.#undo(this.#entries, last);
      this.#version = last.versionBefore;
      this.#steps.pop();
    }
  }

  /** What came up to `at` will never be taken back. */
  settle(at: BinlogPosition): void {
    this.#steps = this.#steps.filter((step) => comparePositions(step.at, at) > 0);
  }

  settleAll(): void {
    this.#steps = [];
  }

  versionAt(at: BinlogPosition): number {
    return this.#steps.find((step) => comparePositions(step.at, at) > 0)?.versionBefore ?? this.#version;
  }

  stateAt(at: BinlogPosition): CatalogState {
    const entries: Entries = {
      tables: new Map(this.#entries.tables),
      databases: new Map(this.#entries.databases),
    };
    for (const step of this.#steps.toReversed()) {
      if (comparePositions(step.at, at) > 0) this.#undo(entries, step);
    }
    return { version: this.versionAt(at), tables: [...entries.tables], databases: [...entries.databases] };
  }

  static restore(state: CatalogState, foldCase: boolean): Catalog {
    const catalog = new Catalog(foldCase, state.version);
    for (const [key, table] of state.tables) catalog.#entries.tables.set(key, table);
    for (const [database, charset] of state.databases) catalog.#entries.databases.set(database, charset);
    return catalog;
  }

  #undo(entries: Entries, step: Step): void {
    for (const { of, key, value } of step.before.toReversed()) {
      if (value === undefined) entries[of].delete(key);
      else if (of === 'tables') entries.tables.set(key, value);
      else entries.databases.set(key, value);
    }
  }

  #fold(name: string): string {
    return this.#foldCase ? name.toLowerCase() : name;
  }

  #key({ database, table }: TableName): string {
    return keyOf({ database: this.#fold(database), table: this.#fold(table) });
  }

  #put(name: TableName, table: Known | undefined): void {
    const key = this.#key(name);
    const { tables } = this.#entries;
    this.#before.push({ of: 'tables', key, value: tables.get(key) });
    if (table === undefined) tables.delete(key);
    else tables.set(key, table);
  }

  #putDatabase(database: string, charset: string | null): void {
    const key = this.#fold(database);
    const { databases } = this.#entries;
    this.#before.push({ of: 'databases', key, value: databases.get(key) });
    if (charset === null) databases.delete(key);
    else databases.set(key, charset);
  }

  #change(change: SchemaChange): void {
    switch (change.kind) {
      case 'create-database':
        if (change.ifNotExists && this.databaseCharset(change.database) !== null) return;
        this.#putDatabase(change.database, change.charset ?? change.serverCharset);
        return;
      case 'alter-database':
        if (change.charset !== null) this.#putDatabase(change.database, change.charset);
        return;
      case 'drop-database':
        this.#dropDatabase(change.database);
        return;
      case 'create-table':
        if (change.ifNotExists && this.table(change.name) !== undefined) return;
        this.#put(
          change.name,
          createdTable(change.body, this.databaseCharset(change.name.database)) ?? 'unknown',
        );
        return;
      case 'create-like':
        if (change.ifNotExists && this.table(change.name) !== undefined) return;
        this.#put(change.name, this.table(change.like) ?? 'unknown');
        return;
      case 'alter-table':
        this.#alter(change);
        return;
      case 'rename-tables':
        for (const { from, to } of change.pairs) this.#rename(from, to);
        return;
      case 'drop-tables':
        for (const name of change.tables) if (this.table(name) !== undefined) this.#put(name, undefined);
        return;
      case 'forget':
        for (const name of change.tables) this.#put(name, 'unknown');
        return;
      case 'forget-all':
        for (const key of [...this.#entries.tables.keys()]) {
          const [database, table] = JSON.parse(key) as [string, string];
          this.#put({ database, table }, 'unknown');
        }
        return;
      default:
        unreachable(change);
    }
  }

  #alter({ name, actions }: Extract<SchemaChange, { kind: 'alter-table' }>): void {
    const table = this.table(name);
    if (actions.length === 0 || table === undefined) return;
    if (table !== 'unknown') {
      this.#put(name, alteredTable(table, actions, this.databaseCharset(name.database)) ?? 'unknown');
    }
    for (const action of actions) if (action.kind === 'rename-table') this.#rename(name, action.to);
  }

  #rename(from: TableName, to: TableName): void {
    const table = this.table(from);
    this.#put(from, undefined);
    this.#put(to, table ?? 'unknown');
  }

  #dropDatabase(database: string): void {
    const folded = this.#fold(database);
    for (const key of [...this.#entries.tables.keys()]) {
      const [of, table] = JSON.parse(key) as [string, string];
      if (of === folded) this.#put({ database: of, table }, undefined);
    }
    this.#putDatabase(database, null);
  }
}
