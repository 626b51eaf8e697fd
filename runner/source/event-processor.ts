import { unreachable } from '../../core/assert.ts';
import { CdcError } from '../../core/errors.ts';
import type { BinlogPosition } from '../../core/position.ts';
import { formatPosition } from '../../core/position.ts';
import type { CommitBoundary } from '../ack-window.ts';
import type {
  BinlogEvent,
  EventHeader,
  GtidEvent,
  QueryEvent,
  RowsEvent,
  TransactionPayloadEvent,
  XaPrepareEvent,
} from '../binlog/event.ts';
import type { BinlogParser } from '../binlog/parser.ts';
import type { DdlContext, TransactionContext } from '../format/envelope.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Statement } from './ddl/statement.ts';
import type { Emitter } from './emitter.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import { PositionTracker } from './position-tracker.ts';
import type { TableRoute, TableRoutes } from './table-routes.ts';
import type { HeldRows, XaHold } from './xa-hold.ts';

/** What the processor tells of the stream as it goes. */
export interface StreamObserver {
  /** A transaction ended. Called for every transaction, captured or not. */
  boundary(boundary: CommitBoundary): void;
  /** The source has nothing more: a heartbeat came. */
  idle(): void;
  filterApplied(version: number, at: BinlogPosition): void;
  /** A write in statement format: it has no rows. Throws where the task's policy says so. */
  statementWrite(statement: Statement, at: BinlogPosition): void;
}

export interface ProcessorOptions {
  readonly parser: BinlogParser;
  readonly flavor: 'mysql' | 'mariadb';
  readonly start: BinlogPosition;
  readonly timeline: FilterTimeline;
  readonly routes: TableRoutes;
  readonly emitter: Emitter;
  readonly pipeline: Pipeline;
  readonly xa: XaHold;
  readonly readStatement: (query: QueryEvent) => Statement;
  /** Moves the schema on; a promise where it has to be asked for again. */
  readonly applyStatement: (statement: Statement, at: BinlogPosition) => Promise<void> | undefined;
  /** Schema changes as messages. */
  readonly ddl: boolean;
  readonly observer: StreamObserver;
}

interface OpenTransaction {
  readonly context: TransactionContext;
  readonly sourceTimeMs: number;
  /** BEGIN was seen (or is implied): the transaction ends with COMMIT, not with its first statement. */
  begun: boolean;
  /** Rows of an XA transaction wait here for XA PREPARE. */
  xaRows: HeldRows[] | null;
}

/** Where an event stands: its end in the file, and its index among events that share that. */
interface Place {
  readonly logPos: number;
  readonly innerEvent: number;
}

/**
 * Follows the binlog event by event: transactions, positions, schema, filter; hands rows to the emitter and
 * commit boundaries to the pipeline. Synchronous but for schema look-ups and a full sink.
 */
export class EventProcessor {
  readonly #options: ProcessorOptions;
  readonly #tracker: PositionTracker;
  #transaction: OpenTransaction | null = null;
  /** GTIDs of transactions behind an open prepared XA transaction: no boundary tells of them yet. */
  #deferredGtids: string[] = [];
  eventCount = 0;
  bytesIn = 0;

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#tracker = new PositionTracker(options.start);
  }

  get position(): BinlogPosition {
    return this.#tracker.current;
  }

  get inTransaction(): boolean {
    return this.#transaction !== null;
  }

  /** One event as it came from the wire or the file. A promise where something has to be waited for. */
  handle(bytes: Buffer): Promise<void> | undefined {
    this.eventCount += 1;
    this.bytesIn += bytes.length;
    const event = this.#options.parser.parse(bytes);
    const before = this.#tracker.position;
    this.#tracker.advance(event.header);
    return this.#dispatch(event, before, { logPos: this.#tracker.position, innerEvent: 0 });
  }

  #dispatch(event: BinlogEvent, before: number, place: Place): Promise<void> | undefined {
    switch (event.kind) {
      case 'rows':
        return this.#rows(event, before, place);
      case 'gtid':
        this.#begin(event.header, event, before);
        return undefined;
      case 'xid':
        this.#commit(event.header);
        return undefined;
      case 'query':
        return this.#query(event, before, place);
      case 'transaction_payload':
        return this.#payload(event, before);
      case 'xa_prepare':
        return this.#xaPrepare(event, place);
      case 'rotate':
        this.#tracker.rotate(event.file, event.position);
        this.#passed();
        return undefined;
      case 'heartbeat':
        if (event.file === this.#tracker.file && event.position > this.#tracker.position) {
          this.#tracker.rotate(event.file, event.position);
        }
        this.#passed();
        this.#options.observer.idle();
        return undefined;
      case 'incident':
        throw new CdcError(
          'CDC_INCIDENT',
          `the source reports an incident at ${formatPosition(this.position)}: ${event.message || event.incident}`,
        );
      case 'skipped':
        if (event.carriesData)
          this.#options.observer.statementWrite({ kind: 'dml', tables: [] }, this.position);
        return undefined;
      case 'format_description':
      case 'gtid_set':
      case 'table_map':
      case 'rows_query':
        return undefined;
      default:
        return unreachable(event);
    }
  }

  async #payload(event: TransactionPayloadEvent, before: number): Promise<void> {
    const logPos = this.#tracker.position;
    let innerEvent = 0;
    for (const inner of this.#options.parser.events(event)) {
      const wait = this.#dispatch(inner, before, { logPos, innerEvent });
      if (wait !== undefined) await wait;
      innerEvent += 1;
    }
  }

  #begin(header: EventHeader, gtid: GtidEvent | null, before: number): OpenTransaction {
    const { timeline, observer } = this.#options;
    const at = { file: this.#tracker.file, position: before };
    const applied = timeline.moveTo(at);
    if (applied !== null) observer.filterApplied(applied.version, at);
    const commitUs = gtid?.commitUs ?? null;
    this.#transaction = {
      context: { file: at.file, gtid: gtid?.gtid ?? null, commitUs },
      sourceTimeMs: commitUs === null ? header.timestamp * 1000 : Math.floor(commitUs / 1000),
      // MariaDB writes no BEGIN: its GTID event opens the group, unless it is one statement alone
      begun: gtid !== null && this.#options.flavor === 'mariadb' && !gtid.standalone,
      xaRows: gtid?.xaPrepared === true ? [] : null,
    };
    return this.#transaction;
  }

  #current(header: EventHeader, before: number): OpenTransaction {
    return this.#transaction ?? this.#begin(header, null, before);
  }

  #commit(header: EventHeader): void {
    const transaction = this.#transaction;
    this.#transaction = null;
    const gtid = transaction?.context.gtid;
    if (gtid !== null && gtid !== undefined) this.#deferredGtids.push(gtid);
    this.#boundary(transaction?.sourceTimeMs ?? header.timestamp * 1000);
  }

  /** Something passed that is no transaction: a rotation, a heartbeat. */
  #passed(): void {
    if (this.#transaction === null) this.#boundary(null);
  }

  #boundary(sourceTimeMs: number | null): void {
    if (this.#options.xa.open > 0) return;
    const gtids = this.#deferredGtids;
    this.#deferredGtids = [];
    const boundary = { file: this.#tracker.file, position: this.#tracker.position, gtids, sourceTimeMs };
    this.#options.pipeline.boundary(boundary);
    this.#options.observer.boundary(boundary);
  }

  #at(header: EventHeader, transaction: OpenTransaction, place: Place): DdlContext {
    return {
      transaction: transaction.context,
      timestamp: header.timestamp,
      serverId: header.serverId,
      logPos: place.logPos,
      innerEvent: place.innerEvent,
    };
  }

  #rows(event: RowsEvent, before: number, place: Place): Promise<void> | undefined {
    const transaction = this.#current(event.header, before);
    const route = this.#options.routes.find(event.map, this.#options.timeline.active);
    return route instanceof Promise
      ? route.then((found) => this.#routed(event, found, transaction, place))
      : this.#routed(event, route, transaction, place);
  }

  #routed(
    event: RowsEvent,
    route: TableRoute,
    transaction: OpenTransaction,
    place: Place,
  ): Promise<void> | undefined {
    if (route.target === null) return undefined;
    if (transaction.xaRows !== null) {
      transaction.xaRows.push(this.#options.xa.hold(event));
      return undefined;
    }
    return this.#options.emitter.rows(event, route.target, this.#at(event.header, transaction, place));
  }

  #query(event: QueryEvent, before: number, place: Place): Promise<void> | undefined {
    const transaction = this.#current(event.header, before);
    const statement = this.#options.readStatement(event);
    switch (statement.kind) {
      case 'begin':
        transaction.begun = true;
        return undefined;
      case 'commit':
      case 'rollback':
        this.#commit(event.header);
        return undefined;
      case 'savepoint':
        return undefined;
      case 'xa':
        return this.#xa(statement, event.header, transaction, place);
      case 'dml':
        this.#options.observer.statementWrite(statement, this.position);
        break;
      case 'ddl':
        return this.#ddl(statement, event.header, transaction, place);
      case 'unparsed':
        return this.#apply(statement, event.header, transaction);
      case 'account':
      case 'other':
        break;
      default:
        return unreachable(statement);
    }
    if (!transaction.begun) this.#commit(event.header);
    return undefined;
  }

  #ddl(
    statement: Extract<Statement, { kind: 'ddl' }>,
    header: EventHeader,
    transaction: OpenTransaction,
    place: Place,
  ): Promise<void> | undefined {
    const { matcher } = this.#options.timeline.active;
    const captured =
      statement.table === null
        ? matcher.matchesDatabase(statement.database)
        : statement.tables.some((name) => matcher.matches(name.database, name.table));
    if (captured && this.#options.ddl) {
      const { action, database, table, sql } = statement;
      this.#options.emitter.ddl({ action, database, table, sql }, this.#at(header, transaction, place));
    }
    return this.#apply(statement, header, transaction);
  }

  /** The schema moves on, then the statement's transaction ends, unless it is inside one (CREATE TABLE … SELECT). */
  #apply(statement: Statement, header: EventHeader, transaction: OpenTransaction): Promise<void> | undefined {
    this.#options.routes.clear();
    const end = (): void => {
      if (!transaction.begun) this.#commit(header);
    };
    const wait = this.#options.applyStatement(statement, this.position);
    if (wait !== undefined) return wait.then(end);
    end();
    return undefined;
  }

  #xa(
    statement: Extract<Statement, { kind: 'xa' }>,
    header: EventHeader,
    transaction: OpenTransaction,
    place: Place,
  ): Promise<void> | undefined {
    switch (statement.verb) {
      case 'start':
        transaction.begun = true;
        transaction.xaRows = [];
        return undefined;
      case 'end':
      case 'prepare':
        return undefined;
      case 'rollback':
        this.#options.xa.rollback(statement.xid);
        this.#commit(header);
        return undefined;
      case 'commit':
        return this.#release(this.#options.xa.commit(statement.xid) ?? [], header, transaction, place);
      default:
        return unreachable(statement.verb);
    }
  }

  #xaPrepare(event: XaPrepareEvent, place: Place): Promise<void> | undefined {
    const transaction = this.#transaction;
    if (transaction === null) return undefined;
    const rows = transaction.xaRows ?? [];
    if (event.onePhase) {
      this.#options.xa.drop(rows);
      return this.#release(rows, event.header, transaction, place);
    }
    this.#options.xa.prepared(event.xid, rows);
    this.#commit(event.header);
    return undefined;
  }

  /** Held rows become visible, in order, as rows of the transaction that commits them. */
  async #release(
    rows: readonly HeldRows[],
    header: EventHeader,
    transaction: OpenTransaction,
    place: Place,
  ): Promise<void> {
    let innerEvent = place.innerEvent;
    for (const { event } of rows) {
      const route = await this.#options.routes.find(event.map, this.#options.timeline.active);
      if (route.target !== null) {
        const at = this.#at(header, transaction, { logPos: place.logPos, innerEvent });
        await this.#options.emitter.rows(event, route.target, at);
      }
      innerEvent += 1;
    }
    this.#commit(header);
  }
}
