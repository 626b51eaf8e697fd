/** Port of the stream: one connection to a source (a server, or binlog files), opened anew after each loss. */
import type { SourceIdentity } from '../../core/checkpoint.ts';
import type { BinlogPosition } from '../../core/position.ts';
import type { QueryEvent, TableMap } from '../binlog/event.ts';
import type { TableShape } from '../binlog/table-shape.ts';
import type { SchemaChange } from './ddl/schema-change.ts';
import type { Statement } from './ddl/statement.ts';
import type { ResumePoint } from './resume-point.ts';

/** What a stream knows of tables: from the table maps themselves and, where they do not say enough, from the schema. */
export interface SchemaSource {
  /**
   * The shape as of an event in the transaction that begins at `at`. Rejects (or throws) with
   * CDC_SCHEMA_UNKNOWN or CDC_SCHEMA_MISMATCH; never guesses.
   */
  shapeOf(map: TableMap, at: BinlogPosition): TableShape | Promise<TableShape>;
  readStatement(query: QueryEvent): Statement;
  applyStatement(statement: Statement, at: BinlogPosition): Promise<void> | undefined;
  /** The schema history to be kept with a checkpoint; null where the table maps say all. */
  history(): SchemaHistory | null;
}

/** The schema with what it was at earlier places, back to the last one that was settled. */
export interface SchemaHistory {
  /** Grows with each change; two places of one version have the same schema. */
  versionAt(at: BinlogPosition): number;
  serializeAt(at: BinlogPosition): Uint8Array;
  /** The stream will never go back behind this place. */
  settle(at: BinlogPosition): void;
}

/** What a statement of the stream does to the schema. */
export function changesOf(statement: Statement): readonly SchemaChange[] {
  if (statement.kind === 'unparsed') return [{ kind: 'forget-all' }];
  return statement.kind === 'ddl' ? statement.changes : [];
}

export interface SourceConnection {
  readonly identity: SourceIdentity;
  /** Which server or file it is, for people: `host:port`. */
  readonly address: string;
  /** GTIDs that were read elsewhere and that this server will never have: a source died before it handed them on. */
  readonly lost: string;
  /** Names are compared without regard to case (lower_case_table_names 1 or 2). */
  readonly foldCase: boolean;
  /** Where reading begins, as found out when the connection was made. */
  readonly start: ResumePoint;
  readonly schema: SchemaSource;
  /** Events that the parser has to have seen first, though they stand before `start` (a file's format description). */
  readonly preamble: readonly Buffer[];
  /** Runs of events (core/event-runs.ts), an array per chunk that arrived. Ends only where the source does (files). */
  readonly events: AsyncIterable<readonly Buffer[]>;
  /** Reads from a place of this source once more, beside `events`. */
  reread(from: BinlogPosition, signal: AbortSignal): Promise<Reread>;
  close(): Promise<void>;
}

export type Reread = Pick<SourceConnection, 'preamble' | 'events'> & { close(): void };

/** Opens a connection at a point; `from` null: at the source's latest position. */
export type OpenSource = (from: ResumePoint | null, signal: AbortSignal) => Promise<SourceConnection>;
