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
import { EVENT } from '../binlog/event-types.ts';
import { HEADER_LENGTH, parseHeader } from '../binlog/header.ts';
import type { TransactionWalker } from '../binlog/kernel/transaction-walker.ts';
import type { BinlogParser } from '../binlog/parser.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Statement } from './ddl/statement.ts';
import type { Emitter } from './emitter.ts';
import type { EventPolicy, PlaceInLog } from './event-policy.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import type { Place } from './place.ts';
import { PositionTracker } from './position-tracker.ts';
import type { ResumePoint } from './resume-point.ts';
import { Rollbacks } from './rollbacks.ts';
import { Statements } from './statements.ts';
import type { TableRoute, TableRoutes } from './table-routes.ts';
import { contextOf, type OpenTransaction, type StreamObserver, Transactions } from './transactions.ts';
import type { Until } from './until.ts';
import { Walks } from './walks.ts';
import type { XaHold } from './xa-hold.ts';
import { XaTransactions } from './xa-transactions.ts';

export interface ProcessorOptions {
  readonly parser: BinlogParser;
  readonly flavor: 'mysql' | 'mariadb';
  readonly start: BinlogPosition & Partial<Pick<ResumePoint, 'gtids' | 'fileBeganS'>>;
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
  readonly policy: EventPolicy;
  /** null: events are read one by one. */
  readonly walker: TransactionWalker | null;
  readonly until: Until | null;
}

const LOG_POS_OFFSET = 13;
/** Events with which a transaction is over. */
const ENDS: ReadonlySet<number> = new Set([EVENT.XID, EVENT.XA_PREPARE, EVENT.TRANSACTION_PAYLOAD]);

/**
 * Follows the binlog event by event: transactions, positions, schema, filter; hands rows to the emitter and
 * commit boundaries to the pipeline. Synchronous but for schema look-ups and a full sink.
 */
export class EventProcessor {
  readonly #options: ProcessorOptions;
  readonly #tracker: PositionTracker;
  readonly #transactions: Transactions;
  readonly #xa: XaTransactions;
  readonly #rollbacks: Rollbacks;
  readonly #statements: Statements;
  /** Goes through many events at once where it can; null: there is no such way. */
  readonly walks: Walks | null;
  /** Of the event at hand, among those that share its end. */
  #innerEvent = 0;
  eventCount = 0;
  bytesIn = 0;

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#tracker = new PositionTracker(options.start);
    // where the GTID set decides the file may be another one, or another server's
    if (options.start.gtids == null) this.#tracker.fileBeganS = options.start.fileBeganS ?? null;
    this.#transactions = new Transactions({ ...options, tracker: this.#tracker });
    this.#xa = new XaTransactions({
      hold: options.xa,
      transactions: this.#transactions,
      observer: options.observer,
      reread: options.rereadXa,
      emit: (event, header, transaction, index) => this.#emitHeld(event, header, transaction, index),
    });
    this.#rollbacks = new Rollbacks({
      ...options,
      transactions: this.#transactions,
      tracker: this.#tracker,
      deliver: (event, transaction, place) => {
        this.#innerEvent = place.innerEvent;
        return this.#deliver(event, transaction, place);
      },
    });
    const { walker } = options;
    this.walks =
      walker === null
        ? null
        : new Walks({
            ...options,
            walker,
            tracker: this.#tracker,
            transactions: this.#transactions,
            counted: (events, bytes) => {
              this.eventCount += events;
              this.bytesIn += bytes;
            },
          });
    options.routes.onClear = () => this.walks?.forget();
    this.#statements = new Statements({
      ...options,
      xa: this.#xa,
      tracker: this.#tracker,
      rollbacks: this.#rollbacks,
    });
  }

  get position(): BinlogPosition {
    return this.#tracker.current;
  }

  /** One event as it came from the wire or the file. A promise where something has to be waited for. */
  handle(bytes: Buffer): Promise<void> | undefined {
    this.eventCount += 1;
    this.bytesIn += bytes.length;
    this.#innerEvent = 0;
    this.walks?.tellMap(bytes);
    try {
      const skipped = this.#options.policy.hasSkips ? this.#skips(bytes) : null;
      const wait = skipped === null ? this.#handle(bytes) : skipped.wait;
      return wait?.catch((error: unknown) => {
        throw this.#options.policy.placed(error, this.#placeOf(bytes));
      });
    } catch (error) {
      throw this.#options.policy.placed(error, this.#placeOf(bytes));
    }
  }

  /** Where the event at hand stands, whether or not it could be parsed. */
  #placeOf(bytes: Buffer): PlaceInLog {
    const logPos = bytes.length >= HEADER_LENGTH ? bytes.readUInt32LE(LOG_POS_OFFSET) : 0;
    const gtid = this.#transactions.open?.context.gtid ?? null;
    return { file: this.#tracker.file, end: this.#tracker.endOf(logPos), innerEvent: this.#innerEvent, gtid };
  }

  /** Leaves an event out unparsed; null where it is not to be left out. What ends a transaction ends it all the same. */
  #skips(bytes: Buffer): { readonly wait: Promise<void> | undefined } | null {
    if (!this.#options.policy.skips(this.#placeOf(bytes))) return null;
    const header = parseHeader(bytes);
    this.#tracker.advance(header);
    const { open } = this.#transactions;
    const ends = ENDS.has(header.typeCode) || (header.typeCode === EVENT.QUERY && open?.begun === false);
    return { wait: open !== null && ends ? this.#rollbacks.end(header, 'commit') : undefined };
  }

  #handle(bytes: Buffer): Promise<void> | undefined {
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
        return this.#rollbacks.end(event.header, 'commit');
      case 'query':
        return this.#statements.query(event, this.#transactions.current(event.header, before), place);
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
        this.#tracker.describe(event.header);
        return undefined;
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
      this.#innerEvent = innerEvent;
      const skipped = this.#skipsInner(logPos, innerEvent);
      const wait = skipped ? undefined : this.#dispatch(inner, before, { logPos, innerEvent });
      if (wait !== undefined) await wait;
      innerEvent += 1;
      this.#innerEvent = innerEvent;
    }
  }

  #skipsInner(end: number, innerEvent: number): boolean {
    const { policy } = this.#options;
    const gtid = this.#transactions.open?.context.gtid ?? null;
    return policy.hasSkips && policy.skips({ file: this.#tracker.file, end, innerEvent, gtid });
  }

  #rows(event: RowsEvent, before: number, place: Place): Promise<void> | undefined {
    const transaction = this.#transactions.current(event.header, before);
    if (transaction.xaRows !== null) {
      this.#options.xa.hold(transaction.xaRows, event);
      return undefined;
    }
    return this.#rollbacks.rows(event, transaction, place);
  }

  /** Hands the rows of an event on; what can't be read is for the policy. */
  #deliver(event: RowsEvent, transaction: OpenTransaction, place: Place): Promise<void> | undefined {
    const { routes, timeline } = this.#options;
    const failed = (error: unknown): void =>
      this.#options.policy.failedRows(
        error,
        event,
        contextOf(event.header, transaction, place),
        this.#options.pipeline,
      );
    try {
      const route = routes.find(event.map, timeline.active, transaction.startsAt);
      const wait =
        route instanceof Promise
          ? route.then((found) => this.#routed(event, found, transaction, place))
          : this.#routed(event, route, transaction, place);
      return wait?.catch(failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  #routed(
    event: RowsEvent,
    route: TableRoute,
    transaction: OpenTransaction,
    place: Place,
  ): Promise<void> | undefined {
    const wait =
      route.target === null
        ? undefined
        : this.#options.emitter.rows(event, route.target, contextOf(event.header, transaction, place));
    this.walks?.learn(event, route);
    return wait;
  }

  /** A rows event of an XA transaction that commits now; `index` among the events of that. */
  async #emitHeld(
    event: RowsEvent,
    header: EventHeader,
    transaction: OpenTransaction,
    index: number,
  ): Promise<void> {
    this.#innerEvent = index;
    const logPos = this.#tracker.position;
    if (this.#skipsInner(logPos, index)) return;
    await this.#deliver({ ...event, header }, transaction, { logPos, innerEvent: index });
  }
}
