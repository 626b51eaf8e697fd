import { unreachable } from '../../core/assert.ts';
import type { BinlogPosition } from '../../core/position.ts';
import type { EventHeader, QueryEvent } from '../binlog/event.ts';
import type { Statement } from './ddl/statement.ts';
import type { Emitter } from './emitter.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import type { Place } from './place.ts';
import type { PositionTracker } from './position-tracker.ts';
import type { Rollbacks } from './rollbacks.ts';
import type { TableRoutes } from './table-routes.ts';
import { contextOf, type OpenTransaction, type StreamObserver } from './transactions.ts';
import type { XaTransactions } from './xa-transactions.ts';

export interface StatementsOptions {
  readonly tracker: PositionTracker;
  readonly xa: XaTransactions;
  readonly timeline: FilterTimeline;
  readonly routes: TableRoutes;
  readonly emitter: Emitter;
  readonly observer: Pick<StreamObserver, 'statementWrite'>;
  readonly rollbacks: Pick<Rollbacks, 'end' | 'savepoint'>;
  readonly readStatement: (query: QueryEvent) => Statement;
  /** Moves the schema on; a promise where it has to be asked for again. */
  readonly applyStatement: (statement: Statement, at: BinlogPosition) => Promise<void> | undefined;
  /** Schema changes as messages. */
  readonly ddl: boolean;
}

/** What the statements in the log mean for the stream: BEGIN and COMMIT, DDL, writes in statement format, XA. */
export class Statements {
  readonly #options: StatementsOptions;

  constructor(options: StatementsOptions) {
    this.#options = options;
  }

  query(event: QueryEvent, transaction: OpenTransaction, place: Place): Promise<void> | undefined {
    const { tracker, xa, rollbacks } = this.#options;
    const statement = this.#options.readStatement(event);
    switch (statement.kind) {
      case 'begin':
        transaction.begun = true;
        return undefined;
      case 'commit':
      case 'rollback':
        return rollbacks.end(event.header, statement.kind);
      case 'savepoint':
        rollbacks.savepoint(statement, transaction);
        return undefined;
      case 'xa':
        return xa.statement(statement, event.header, transaction, tracker.current);
      case 'dml':
        if (this.#mayCapture(statement.tables))
          this.#options.observer.statementWrite(statement, tracker.current);
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
    return transaction.begun ? undefined : rollbacks.end(event.header, 'commit');
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
      this.#options.emitter.ddl({ action, database, table, sql }, contextOf(header, transaction, place));
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
    const end = (): Promise<void> | undefined =>
      transaction.begun ? undefined : this.#options.rollbacks.end(header, 'commit');
    const wait = this.#options.applyStatement(statement, this.#options.tracker.current);
    return wait === undefined ? end() : wait.then(end);
  }
}
