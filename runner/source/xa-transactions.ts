import { unreachable } from '../../core/assert.ts';
import { type BinlogPosition, formatPosition } from '../../core/position.ts';
import type { EventHeader, RowsEvent, XaPrepareEvent } from '../binlog/event.ts';
import type { Statement } from './ddl/statement.ts';
import type { OpenTransaction, StreamObserver, Transactions } from './transactions.ts';
import type { XaHold, XaRows } from './xa-hold.ts';

export interface XaOptions {
  readonly hold: XaHold;
  readonly transactions: Transactions;
  readonly observer: Pick<StreamObserver, 'warning'>;
  /** The rows events of the XA transaction that starts there, read once more. */
  readonly reread: (startsAt: BinlogPosition) => AsyncIterable<RowsEvent>;
  /** Hands on one rows event of a transaction that commits; `index`: its place among the transaction's. */
  readonly emit: (
    event: RowsEvent,
    header: EventHeader,
    transaction: OpenTransaction,
    index: number,
  ) => Promise<void>;
}

/** What XA statements and events mean for the stream. */
export class XaTransactions {
  readonly #options: XaOptions;

  constructor(options: XaOptions) {
    this.#options = options;
  }

  statement(
    statement: Extract<Statement, { kind: 'xa' }>,
    header: EventHeader,
    transaction: OpenTransaction,
    at: BinlogPosition,
  ): Promise<void> | undefined {
    const { hold, transactions } = this.#options;
    switch (statement.verb) {
      case 'start':
        transaction.begun = true;
        transaction.xaRows ??= hold.begin(transaction.startsAt);
        return undefined;
      case 'end':
      case 'prepare':
        return undefined;
      case 'rollback': {
        const prepared = hold.decided(statement.xid);
        if (prepared !== null) hold.discard(prepared.rows);
        transactions.commit(header, prepared?.gtid ?? null);
        return undefined;
      }
      case 'commit': {
        const prepared = hold.decided(statement.xid);
        if (prepared !== null) return this.#release(prepared.rows, prepared.gtid, header, transaction);
        this.#options.observer.warning(
          `XA COMMIT ${statement.xid} at ${formatPosition(at)}: prepared before the start, its rows are not delivered`,
        );
        transactions.commit(header);
        return undefined;
      }
      default:
        return unreachable(statement.verb);
    }
  }

  prepare(event: XaPrepareEvent): Promise<void> | undefined {
    const { hold, transactions } = this.#options;
    const transaction = transactions.open;
    if (transaction === null) return undefined;
    const rows = transaction.xaRows ?? hold.begin(transaction.startsAt);
    if (event.onePhase) return this.#release(rows, null, event.header, transaction);
    transactions.prepared(event.header, event.xid, rows);
    return undefined;
  }

  /** Held rows become visible, in order, as rows of the transaction that commits them. */
  async #release(
    rows: XaRows,
    preparedGtid: string | null,
    header: EventHeader,
    transaction: OpenTransaction,
  ): Promise<void> {
    const { hold, transactions, reread, emit } = this.#options;
    const { events } = rows;
    let index = 0;
    for await (const event of rows.dropped ? reread(rows.startsAt) : events) {
      await emit(event, header, transaction, index);
      index += 1;
    }
    hold.discard(rows);
    transactions.commit(header, preparedGtid);
  }
}
