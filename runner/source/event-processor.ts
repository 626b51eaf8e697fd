import { unreachable } from '../../core/assert.ts';
import { CdcError } from '../../core/errors.ts';
import type { BinlogPosition } from '../../core/position.ts';
import { formatPosition } from '../../core/position.ts';
import type {
  BinlogEvent,
  EventHeader,
  QueryEvent,
  RowsEvent,
  TransactionPayloadEvent,
} from '../binlog/event.ts';
import type { BinlogParser } from '../binlog/parser.ts';
import type { DdlContext } from '../format/envelope.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Statement } from './ddl/statement.ts';
import type { Emitter } from './emitter.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import { PositionTracker } from './position-tracker.ts';
import type { TableRoute, TableRoutes } from './table-routes.ts';
import { type OpenTransaction, type StreamObserver, Transactions } from './transactions.ts';
import type { XaHold } from './xa-hold.ts';
import { XaTransactions } from './xa-transactions.ts';

export interface ProcessorOptions {
  readonly parser: BinlogParser;
  readonly flavor: 'mysql' | 'mariadb';
  readonly start: BinlogPosition;
  readonly timeline: FilterTimeline;
  readonly routes: TableRoutes;
  readonly emitter: Emitter;
  readonly pipeline: Pipeline;
  readonly xa: XaHold;
  /** The rows events of the XA transaction that starts there, read once more. */
  readonly rereadXa: (startsAt: BinlogPosition) => AsyncIterable<RowsEvent>;
  readonly readStatement: (query: QueryEvent) => Statement;
  /** Moves the schema on; a promise where it has to be asked for again. */
  readonly applyStatement: (statement: Statement, at: BinlogPosition) => Promise<void> | undefined;
  /** Schema changes as messages. */
  readonly ddl: boolean;
  readonly observer: StreamObserver;
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
  readonly #transactions: Transactions;
  readonly #xa: XaTransactions;
  eventCount = 0;
  bytesIn = 0;

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#tracker = new PositionTracker(options.start);
    this.#transactions = new Transactions({ ...options, tracker: this.#tracker });
    this.#xa = new XaTransactions({
      hold: options.xa,
      transactions: this.#transactions,
      observer: options.observer,
      reread: options.rereadXa,
      emit: (event, header, transaction, index) => this.#emitHeld(event, header, transaction, index),
    });
  }

  get position(): BinlogPosition {
    return this.#tracker.current;
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
        this.#transactions.begin(event.header, event, before);
        return undefined;
      case 'xid':
        this.#transactions.commit(event.header);
        return undefined;
      case 'query':
        return this.#query(event, before, place);
      case 'transaction_payload':
        return this.#payload(event, before);
      case 'xa_prepare':
        return this.#xa.prepare(event);
      case 'rotate':
        this.#tracker.rotate(event.file, event.position);
        this.#transactions.passed();
        return undefined;
      case 'heartbeat':
        if (event.file === this.#tracker.file && event.position > this.#tracker.position) {
          this.#tracker.rotate(event.file, event.position);
        }
        this.#transactions.passed();
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

  #at(header: EventHeader, transaction: OpenTransaction, place: Place): DdlContext {
    const { timestamp, serverId } = header;
    return { transaction: transaction.context, timestamp, serverId, ...place };
  }

  #rows(event: RowsEvent, before: number, place: Place): Promise<void> | undefined {
    const transaction = this.#transactions.current(event.header, before);
    if (transaction.xaRows !== null) {
      this.#options.xa.hold(transaction.xaRows, event);
      return undefined;
    }
    const route = this.#options.routes.find(event.map, this.#options.timeline.active, transaction.startsAt);
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
    return this.#options.emitter.rows(event, route.target, this.#at(event.header, transaction, place));
  }

  #query(event: QueryEvent, before: number, place: Place): Promise<void> | undefined {
    const transaction = this.#transactions.current(event.header, before);
    const statement = this.#options.readStatement(event);
    switch (statement.kind) {
      case 'begin':
        transaction.begun = true;
        return undefined;
      case 'commit':
      case 'rollback':
        this.#transactions.commit(event.header);
        return undefined;
      case 'savepoint':
        return undefined;
      case 'xa':
        return this.#xa.statement(statement, event.header, transaction, this.position);
      case 'dml':
        if (this.#mayCapture(statement.tables))
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
    if (!transaction.begun) this.#transactions.commit(event.header);
    return undefined;
  }

  #ddl(
    statement: Extract<Statement, { kind: 'ddl' }>,
    header: EventHeader,
    transaction: OpenTransaction,
    place: Place,
  ): Promise<void> | undefined {
    const captured =
      statement.table === null
        ? this.#options.timeline.active.matcher.matchesDatabase(statement.database)
        : this.#mayCapture(statement.tables);
    if (captured && this.#options.ddl) {
      const { action, database, table, sql } = statement;
      this.#options.emitter.ddl({ action, database, table, sql }, this.#at(header, transaction, place));
    }
    return this.#apply(statement, header, transaction);
  }

  /** A statement that names no table we could read may concern any. */
  #mayCapture(tables: readonly { readonly database: string; readonly table: string }[]): boolean {
    const { matcher } = this.#options.timeline.active;
    return tables.length === 0 || tables.some((name) => matcher.matches(name.database, name.table));
  }

  /** The schema moves on, then the statement's transaction ends, unless it is inside one (CREATE TABLE … SELECT). */
  #apply(statement: Statement, header: EventHeader, transaction: OpenTransaction): Promise<void> | undefined {
    this.#options.routes.clear();
    const end = (): void => {
      if (!transaction.begun) this.#transactions.commit(header);
    };
    const wait = this.#options.applyStatement(statement, this.position);
    if (wait !== undefined) return wait.then(end);
    end();
    return undefined;
  }

  /** A rows event of an XA transaction that commits now; `index` among the events of that. */
  async #emitHeld(
    event: RowsEvent,
    header: EventHeader,
    transaction: OpenTransaction,
    index: number,
  ): Promise<void> {
    const { routes, timeline } = this.#options;
    const route = await routes.find(event.map, timeline.active, transaction.startsAt);
    const place = { logPos: this.#tracker.position, innerEvent: index };
    await this.#routed({ ...event, header }, route, transaction, place);
  }
}
