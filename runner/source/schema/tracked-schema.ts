import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type BinlogPosition, comparePositions } from '../../../core/position.ts';
import type { TableMap } from '../../binlog/event.ts';
import type { SchemaChange } from '../ddl/schema-change.ts';
import type { SchemaHistory } from '../source.ts';
import { Catalog, type CatalogState, type Known } from './catalog.ts';
import type { Snapshot } from './snapshot.ts';

interface Stored {
  readonly format: 1;
  readonly catalog: CatalogState;
  readonly snapshot: Snapshot | null;
}

/** Where a definition comes from: the stream itself, or a snapshot of a later moment that has to be checked. */
export type Found =
  | { readonly kind: 'tracked'; readonly table: Known }
  | { readonly kind: 'later'; readonly table: Known; readonly asOf: BinlogPosition };

/**
 * The schema of a source at the stream's place: a snapshot of the server, and from its place on every change
 * that the log holds. Before that place a table of the snapshot counts only if nothing has changed it until then.
 */
export class TrackedSchema implements SchemaHistory {
  #catalog: Catalog;
  #snapshot: Snapshot | null = null;
  #merged: boolean = false;

  constructor(foldCase: boolean, firstVersion: number) {
    this.#catalog = new Catalog(foldCase, firstVersion);
  }

  /** null where the bytes are of a form that this version does not know. */
  static restore(state: Uint8Array, foldCase: boolean): TrackedSchema | null {
    const stored = JSON.parse(zstdDecompressSync(state).toString()) as Stored;
    if (stored.format !== 1) return null;
    const schema = new TrackedSchema(foldCase, stored.catalog.version);
    schema.#catalog = Catalog.restore(stored.catalog, foldCase);
    schema.#snapshot = stored.snapshot;
    return schema;
  }

  adopt(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#merged = false;
  }

  find(map: TableMap, at: BinlogPosition): Found {
    this.#reach(at);
    const table = this.#catalog.table(map);
    if (table !== undefined && table !== 'unknown') return { kind: 'tracked', table };
    const snapshot = this.#merged ? null : this.#snapshot;
    const later = snapshot?.tables.find(
      ({ name }) => name.database === map.database && name.table === map.table,
    );
    if (snapshot === null || later === undefined) return { kind: 'tracked', table: 'unknown' };
    return { kind: 'later', table: later.table, asOf: snapshot.asOf };
  }

  /** Known as of `at` by other means. */
  learn(map: TableMap, table: Known, at: BinlogPosition): void {
    this.#catalog.learn(map, table, at);
  }

  apply(changes: readonly SchemaChange[], at: BinlogPosition): void {
    const snapshot = this.#snapshot;
    if (snapshot !== null && comparePositions(at, snapshot.asOf) > 0) this.#reach(snapshot.asOf);
    this.#catalog.apply(changes, at);
  }

  rewindTo(at: BinlogPosition): void {
    this.#catalog.rewindTo(at);
    if (this.#snapshot !== null && comparePositions(at, this.#snapshot.asOf) < 0) this.#merged = false;
  }

  versionAt(at: BinlogPosition): number {
    this.#reach(at);
    return this.#catalog.versionAt(at);
  }

  serializeAt(at: BinlogPosition): Uint8Array {
    this.#reach(at);
    const stored: Stored = {
      format: 1,
      catalog: this.#catalog.stateAt(at),
      snapshot:
        this.#snapshot !== null && comparePositions(at, this.#snapshot.asOf) < 0 ? this.#snapshot : null,
    };
    return zstdCompressSync(JSON.stringify(stored));
  }

  settle(at: BinlogPosition): void {
    if (this.#snapshot !== null && this.#merged && comparePositions(at, this.#snapshot.asOf) >= 0) {
      this.#snapshot = null;
    }
    this.#catalog.settle(at);
  }

  /** Nothing will be taken back; false where a part still waits for its place, and the whole is of no use. */
  settleAll(): boolean {
    if (this.#snapshot !== null && !this.#merged) return false;
    this.#snapshot = null;
    this.#catalog.settleAll();
    return true;
  }

  /** The stream has come to the snapshot's place: from here on it is the schema. */
  #reach(at: BinlogPosition): void {
    const snapshot = this.#snapshot;
    if (snapshot === null || this.#merged || comparePositions(at, snapshot.asOf) < 0) return;
    this.#catalog.replace(snapshot.tables, snapshot.databases, snapshot.asOf);
    this.#merged = true;
  }
}
