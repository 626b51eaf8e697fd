/**
 * What a format needs to know of a row beyond its values, and the port of all formats: `galaxy` now, others
 * behind the same interface. A format writes key and value of each message into the batch.
 */
import type { MessageBatch } from '../../core/message-batch.ts';
import type { RowsEvent } from '../binlog/event.ts';
import type { Program } from '../binlog/kernel/program.ts';
import type { TransactionWalker } from '../binlog/kernel/transaction-walker.ts';
import type { DecodedRow, TableShape } from '../binlog/table-shape.ts';

export interface TransactionContext {
  /** File that holds the transaction. */
  readonly file: string;
  readonly gtid: string | null;
  readonly commitUs: number | null;
}

/** Where in the stream a message comes from. */
export interface DdlContext {
  readonly transaction: TransactionContext;
  readonly timestamp: number;
  /**
   * End of the event in the file, all 64 bits. Of the compressed transaction for an event inside one; of the
   * XA COMMIT for the rows that it makes visible.
   */
  readonly logPos: number;
  /** Index of the event among those that share `logPos`; 0 outside of them. */
  readonly innerEvent: number;
  readonly serverId: number;
}

export interface RowContext extends DdlContext {
  /** Index of the row in its rows event. */
  readonly rowInEvent: number;
}

/** A schema change as a message; `sql` holds no password any more. */
export interface DdlMessage {
  readonly action: 'ddl' | 'truncate';
  readonly database: string;
  /** The first table that the statement names; null for DATABASE statements. */
  readonly table: string | null;
  readonly sql: string;
}

export type RowAction = 'insert' | 'update' | 'delete';

/** The encoder of one table shape: made once, called per row. Returns the number of messages added. */
export type RowEncoder = (
  batch: MessageBatch,
  action: RowAction,
  row: DecodedRow,
  context: RowContext,
) => number;

/**
 * Writes the rows of whole events, compiled for one table shape. It holds one event at a time: `open`, then
 * `write` for each row in order.
 */
export interface RowsWriter {
  /** False: the rows of this event are for the row encoder. */
  open(event: RowsEvent, context: DdlContext): boolean;
  /** All rows are written. */
  readonly done: boolean;
  /** Writes messages from row `row` on, until the batch has `bytesMax`; how many. 0: the next one is for `write`. */
  writeMany(batch: MessageBatch, row: number, bytesMax: number): number;
  /** It wrote no more since there is no room in the batch: an empty one may do. */
  readonly wantsRoom: boolean;
  /** By which the kernel writes the rows of such an event; null where it does not. */
  programOf(event: RowsEvent): Program | null;
  /** Of its messages, in all batches of the format. */
  readonly topicNumber: number;
  /** Writes the message of row `row`; false: it and those behind it are for the row encoder. */
  write(batch: MessageBatch, row: number): boolean;
}

export interface Format {
  rowsWriter(shape: TableShape, topic: string): RowsWriter;
  rowEncoder(shape: TableShape, topic: string): RowEncoder;
  /** A batch in memory that the rows writers write to best. */
  newBatch(): MessageBatch;
  /** Goes through ordinary transactions by itself; null where events have to be read one by one. */
  readonly walker: TransactionWalker | null;
  ddl(batch: MessageBatch, topic: string, message: DdlMessage, context: DdlContext): void;
}
