import type { BinlogPosition } from '../../core/position.ts';
import type { CommitBoundary } from '../ack-window.ts';
import type { EventHeader, GtidEvent } from '../binlog/event.ts';
import type { TransactionContext } from '../format/envelope.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Statement } from './ddl/statement.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import type { PositionTracker } from './position-tracker.ts';
import type { HeldRows, XaHold } from './xa-hold.ts';

/** What the processor tells of the stream as it goes. */
export interface StreamObserver {
  /** A transaction ended. Called for every transaction, captured or not. */
  boundary(boundary: CommitBoundary): void;
  /** The source has nothing more: a heartbeat came. */
  idle(): void;
  filterApplied(version: number, at: BinlogPosition): void;
  /** Something a person should know of; the stream goes on. */
  warning(message: string): void;
  /** A write in statement format: it has no rows. Throws where the task's policy says so. */
  statementWrite(statement: Statement, at: BinlogPosition): void;
}

export interface OpenTransaction {
  readonly context: TransactionContext;
  /** Where its first event starts. */
  readonly startsAt: BinlogPosition;
  readonly sourceTimeMs: number;
  /** BEGIN was seen (or is implied): the transaction ends with COMMIT, not with its first statement. */
  begun: boolean;
  /** Rows of an XA transaction wait here for XA PREPARE. */
  xaRows: HeldRows[] | null;
}

export interface TransactionsOptions {
  readonly flavor: 'mysql' | 'mariadb';
  readonly tracker: PositionTracker;
  readonly timeline: FilterTimeline;
  readonly pipeline: Pipeline;
  readonly xa: XaHold;
  readonly observer: StreamObserver;
}

/** Where transactions begin and end in the stream, and what their ends tell the pipeline. */
export class Transactions {
  readonly #options: TransactionsOptions;
  /** GTIDs of transactions behind an open prepared XA transaction: no boundary tells of them yet. */
  #deferredGtids: string[] = [];
  open: OpenTransaction | null = null;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** `before`: where its first event starts. */
  begin(header: EventHeader, gtid: GtidEvent | null, before: number): OpenTransaction {
    const { timeline, observer, tracker, flavor } = this.#options;
    const at = { file: tracker.file, position: before };
    const applied = timeline.moveTo(at);
    if (applied !== null) observer.filterApplied(applied.version, at);
    const commitUs = gtid?.commitUs ?? null;
    this.open = {
      context: { file: at.file, gtid: gtid?.gtid ?? null, commitUs },
      startsAt: at,
      sourceTimeMs: commitUs === null ? header.timestamp * 1000 : Math.floor(commitUs / 1000),
      // MariaDB writes no BEGIN: its GTID event opens the group, unless it is one statement alone
      begun: gtid !== null && flavor === 'mariadb' && !gtid.standalone,
      xaRows: gtid?.xaPrepared === true ? [] : null,
    };
    return this.open;
  }

  /** The open one; servers without GTIDs begin with the first event itself. */
  current(header: EventHeader, before: number): OpenTransaction {
    return this.open ?? this.begin(header, null, before);
  }

  commit(header: EventHeader): void {
    const transaction = this.open;
    this.open = null;
    const gtid = transaction?.context.gtid;
    if (gtid !== null && gtid !== undefined) this.#deferredGtids.push(gtid);
    this.#boundary(transaction?.sourceTimeMs ?? header.timestamp * 1000);
  }

  /** Something passed that is no transaction: a rotation, a heartbeat. */
  passed(): void {
    if (this.open === null) this.#boundary(null);
  }

  #boundary(sourceTimeMs: number | null): void {
    const { tracker, xa, pipeline, observer } = this.#options;
    if (xa.open > 0) return;
    const gtids = this.#deferredGtids;
    this.#deferredGtids = [];
    const boundary = { file: tracker.file, position: tracker.position, gtids, sourceTimeMs };
    pipeline.boundary(boundary);
    observer.boundary(boundary);
  }
}
