import { MariadbGtidSet } from '../../core/gtid-set.ts';
import { type BinlogPosition, formatPosition } from '../../core/position.ts';
import type { CommitBoundary } from '../ack-window.ts';
import type { EventHeader, GtidEvent } from '../binlog/event.ts';
import type { DdlContext, TransactionContext } from '../format/envelope.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Statement } from './ddl/statement.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import type { Place } from './place.ts';
import type { PositionTracker } from './position-tracker.ts';
import { RevocableRows } from './revocable-rows.ts';
import type { XaHold, XaRows } from './xa-hold.ts';

/** What the processor tells of the stream as it goes. */
export interface StreamObserver {
  /** A transaction ended. Called for every transaction, captured or not. */
  boundary(boundary: CommitBoundary): void;
  /** A transaction ended behind an open XA transaction: no boundary can pass that. */
  heldBack(sourceTimeMs: number): void;
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
  xaRows: XaRows | null;
  /** Rows wait here for the transaction's end, which may take them back; null where they are handed on at once. */
  revocable: RevocableRows | null;
  /** Rows were handed on: what is rolled back now was seen. */
  rowsOut: boolean;
}

export function contextOf(header: EventHeader, transaction: OpenTransaction, place: Place): DdlContext {
  const { timestamp, serverId } = header;
  return { transaction: transaction.context, timestamp, serverId, ...place };
}

export interface TransactionsOptions {
  readonly flavor: 'mysql' | 'mariadb';
  readonly tracker: PositionTracker;
  readonly timeline: FilterTimeline;
  readonly pipeline: Pipeline;
  readonly xa: XaHold;
  readonly observer: StreamObserver;
}

/** A transaction that is prepared for longer is told of: most likely nobody will decide it. */
const XA_OVERDUE_S = 600;
const DEFERRED_MAX = 4_096;
/** Rows of transactions beyond are handed on before their end is known: memory stays flat. */
const REVOCABLE_BYTES_MAX = 16 * 1024 * 1024;

/** The last of them, and the sets that they make up. */
export interface WalkedTransactions {
  readonly gtids: readonly string[];
  /** Unix seconds. */
  readonly timestamp: number;
  readonly commitUs: number | null;
}

/** Milliseconds since 1970. */
const sourceTime = (commitUs: number | null, timestamp: number): number =>
  commitUs === null ? timestamp * 1000 : Math.floor(commitUs / 1000);

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
    // what has no end of its own (an incident, a commit that was left out) ends where the next one begins
    const unended = this.open?.context.gtid ?? null;
    if (unended !== null) this.#deferredGtids.push(unended);
    const commitUs = gtid?.commitUs ?? null;
    this.open = {
      context: { file: at.file, gtid: gtid?.gtid ?? null, commitUs },
      startsAt: at,
      sourceTimeMs: sourceTime(commitUs, header.timestamp),
      // MariaDB writes no BEGIN: its GTID event opens the group, unless it is one statement alone
      begun: gtid !== null && flavor === 'mariadb' && !gtid.standalone,
      xaRows: gtid?.xaPrepared === true ? this.#options.xa.begin(at) : null,
      revocable:
        flavor === 'mariadb' || (gtid?.gtid ?? null) === null ? new RevocableRows(REVOCABLE_BYTES_MAX) : null,
      rowsOut: false,
    };
    return this.open;
  }

  /** The open one; servers without GTIDs begin with the first event itself. */
  current(header: EventHeader, before: number): OpenTransaction {
    return this.open ?? this.begin(header, null, before);
  }

  /** Whole transactions have passed, all that began and ended since the last event that was read by itself. */
  walked(walked: WalkedTransactions): void {
    const { pipeline, tracker } = this.#options;
    for (const gtids of walked.gtids) {
      this.#deferredGtids.push(gtids);
      pipeline.ended(gtids, tracker.file, tracker.position);
    }
    if (walked.gtids.length === 0) pipeline.ended(null, tracker.file, tracker.position);
    const { commitUs, timestamp } = walked;
    this.#boundary(sourceTime(commitUs, timestamp));
    this.#tellOverdue(timestamp);
  }

  /** `preparedGtid`: of the XA transaction that is decided by this one. */
  commit(header: EventHeader, preparedGtid: string | null = null): void {
    const transaction = this.open;
    this.open = null;
    if (preparedGtid !== null) this.#deferredGtids.push(preparedGtid);
    const gtid = transaction?.context.gtid;
    if (gtid !== null && gtid !== undefined) this.#deferredGtids.push(gtid);
    const { pipeline, tracker } = this.#options;
    pipeline.ended(gtid ?? null, tracker.file, tracker.position);
    this.#boundary(transaction?.sourceTimeMs ?? header.timestamp * 1000);
    this.#tellOverdue(header.timestamp);
  }

  /**
   * XA PREPARE. MySQL's GTID sets can have holes: the prepared one is left out until it is decided, so that a
   * restarted stream is sent it again and nothing behind it. MariaDB's sets have none, nor do positions.
   */
  prepared(header: EventHeader, xid: string, rows: XaRows): void {
    const transaction = this.open;
    this.open = null;
    const gtid = transaction?.context.gtid ?? null;
    const hole = this.#options.flavor === 'mysql' ? gtid : null;
    if (hole === null && gtid !== null) this.#deferredGtids.push(gtid);
    this.#options.xa.prepared({ xid, rows, gtid: hole, preparedAtS: header.timestamp });
    this.#boundary(transaction?.sourceTimeMs ?? header.timestamp * 1000);
  }

  /** Something passed that is no transaction: a rotation, a heartbeat. */
  passed(): void {
    if (this.open === null) this.#boundary(null);
  }

  #boundary(sourceTimeMs: number | null): void {
    const { tracker, xa, pipeline, observer } = this.#options;
    if (xa.holdsBack) {
      if (sourceTimeMs !== null) observer.heldBack(sourceTimeMs);
      this.#compactDeferred();
      return;
    }
    const gtids = this.#deferredGtids;
    this.#deferredGtids = [];
    const boundary = {
      file: tracker.file,
      position: tracker.position,
      gtids,
      sourceTimeMs,
      fileBeganS: tracker.fileBeganS,
    };
    pipeline.boundary(boundary);
    observer.boundary(boundary);
  }

  /** Behind a transaction that stays open for long there are millions. */
  #compactDeferred(): void {
    if (this.#options.flavor !== 'mariadb' || this.#deferredGtids.length < DEFERRED_MAX) return;
    const newest = new MariadbGtidSet();
    for (const gtid of this.#deferredGtids) newest.add(gtid);
    this.#deferredGtids = newest.toString().split(',');
  }

  #tellOverdue(nowS: number): void {
    const overdue = this.#options.xa.overdue(nowS - XA_OVERDUE_S);
    if (overdue === null) return;
    const at = formatPosition(overdue.rows.startsAt);
    this.#options.observer.warning(
      `the XA transaction ${overdue.xid} at ${at} has been prepared for long and is not decided: the binlog from there ` +
        'on is needed until it is. XA RECOVER on the source lists it; commit it or roll it back',
    );
  }
}
