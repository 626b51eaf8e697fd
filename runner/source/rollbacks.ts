import { formatPosition } from '../../core/position.ts';
import type { EventHeader, RowsEvent } from '../binlog/event.ts';
import type { Statement } from './ddl/statement.ts';
import type { Place } from './place.ts';
import type { PositionTracker } from './position-tracker.ts';
import type { HeldRows } from './revocable-rows.ts';
import type { OpenTransaction, StreamObserver, Transactions } from './transactions.ts';
import type { XaHold } from './xa-hold.ts';

export interface RollbacksOptions {
  readonly transactions: Transactions;
  readonly tracker: PositionTracker;
  readonly xa: XaHold;
  readonly observer: Pick<StreamObserver, 'warning'>;
  /** Hands the rows of an event on. */
  readonly deliver: (
    event: RowsEvent,
    transaction: OpenTransaction,
    place: Place,
  ) => Promise<void> | undefined;
}

/** Keeps rows back that ROLLBACK or ROLLBACK TO in the log may take back, and hands them on when they are certain. */
export class Rollbacks {
  readonly #options: RollbacksOptions;

  constructor(options: RollbacksOptions) {
    this.#options = options;
  }

  rows(event: RowsEvent, transaction: OpenTransaction, place: Place): Promise<void> | undefined {
    const { deliver } = this.#options;
    if (transaction.revocable?.hold(event, place) === true) return undefined;
    // more than may be held: from here on the transaction is handed on as it comes
    const wait = transaction.revocable === null ? undefined : this.#release(transaction);
    transaction.rowsOut = true;
    return wait === undefined
      ? deliver(event, transaction, place)
      : wait.then(() => deliver(event, transaction, place));
  }

  savepoint({ verb, name }: Extract<Statement, { kind: 'savepoint' }>, transaction: OpenTransaction): void {
    const { xaRows, revocable } = transaction;
    if (verb === 'set') {
      xaRows?.savepoints.set(name, xaRows.events.length);
      revocable?.savepoint(name);
    }
    if (verb !== 'rollback') return;
    const known =
      xaRows === null ? revocable?.rollbackTo(name) === true : this.#options.xa.rollbackTo(xaRows, name);
    if (!known && (transaction.rowsOut || xaRows !== null)) this.#seenTooSoon(transaction, 'ROLLBACK TO');
  }

  /** The open transaction is over. A promise where its rows have to wait for the sink. */
  end(header: EventHeader, how: 'commit' | 'rollback'): Promise<void> | undefined {
    const { transactions } = this.#options;
    const { open } = transactions;
    if (open !== null && how === 'rollback') {
      open.revocable?.take();
      if (open.rowsOut) this.#seenTooSoon(open, 'ROLLBACK');
    }
    const wait = open === null ? undefined : this.#release(open);
    const commit = (): void => transactions.commit(header);
    if (wait !== undefined) return wait.then(commit);
    commit();
    return undefined;
  }

  /** Hands on what was held; what comes from now on is not held. */
  #release(transaction: OpenTransaction): Promise<void> | undefined {
    const held = transaction.revocable?.take() ?? [];
    transaction.revocable = null;
    return this.#deliverFrom(held, 0, transaction);
  }

  #deliverFrom(
    held: readonly HeldRows[],
    from: number,
    transaction: OpenTransaction,
  ): Promise<void> | undefined {
    for (let index = from; index < held.length; index += 1) {
      const rows = held[index];
      if (rows === undefined) break;
      const wait = this.#options.deliver(rows.event, transaction, rows.place);
      if (wait !== undefined) return wait.then(() => this.#deliverFrom(held, index + 1, transaction));
    }
    return undefined;
  }

  #seenTooSoon({ context, startsAt }: OpenTransaction, statement: string): void {
    const { observer, tracker } = this.#options;
    observer.warning(
      `${statement} at ${formatPosition(tracker.current)} takes back rows that were delivered: the transaction ` +
        `${context.gtid ?? ''} from ${formatPosition(startsAt)} on is larger than what is held until its end`,
    );
  }
}
