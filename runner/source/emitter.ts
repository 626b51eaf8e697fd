import type { AnyGtidSet } from '../../core/gtid-set.ts';
import { fileSequence } from '../../core/position.ts';
import type { RowsEvent } from '../binlog/event.ts';
import { decodeRows } from '../binlog/row-decoder.ts';
import type { DecodedRow } from '../binlog/table-shape.ts';
import type { DdlContext, DdlMessage, Format, RowContext } from '../format/envelope.ts';
import type { TopicNames } from '../format/topic.ts';
import type { Pipeline } from '../pipeline.ts';
import type { TableRoute } from './table-routes.ts';

/** How far messages were handed to the pipeline: the stream's order, as in the message ids. */
export interface EmitMark {
  readonly fileNumber: number;
  readonly logPos: number;
  readonly innerEvent: number;
  readonly row: number;
}

/**
 * Turns rows events and schema changes into messages in the pipeline. After a reconnect the transaction in
 * which the connection broke is read again from its start: what was already handed on is passed over by its
 * mark, so that a lost connection repeats nothing.
 */
export class Emitter {
  readonly #pipeline: Pipeline;
  readonly #format: Format;
  readonly #topics: TopicNames;
  readonly #skipTo: EmitMark | null;
  /** Transactions that the sink has from another server. */
  readonly #delivered: AnyGtidSet | null;
  #skipping: boolean;
  #mark: EmitMark | null;

  constructor(options: {
    pipeline: Pipeline;
    format: Format;
    topics: TopicNames;
    skipTo: EmitMark | null;
    gtids?: AnyGtidSet | null;
  }) {
    this.#pipeline = options.pipeline;
    this.#format = options.format;
    this.#topics = options.topics;
    this.#skipTo = options.skipTo;
    this.#delivered = options.gtids ?? null;
    this.#skipping = options.skipTo !== null;
    this.#mark = options.skipTo;
  }

  /** Where a reconnected stream has to go on. */
  get mark(): EmitMark | null {
    return this.#mark;
  }

  /** Whether all from this place on is to be handed on, none of it passed over. */
  isPast(file: string, position: number): boolean {
    if (this.#delivered !== null) return false;
    if (!this.#skipping || this.#skipTo === null) return true;
    const { fileNumber, logPos } = this.#skipTo;
    const order = (fileSequence(file) ?? 0) - fileNumber || position - logPos;
    // an event that begins behind it ends behind it
    if (order >= 0) this.#skipping = false;
    return !this.#skipping;
  }

  /** The row at this place was handed on by others. */
  walkedTo({
    file,
    logPos,
    row,
  }: {
    readonly file: string;
    readonly logPos: number;
    readonly row: number;
  }): void {
    this.#mark = { fileNumber: fileSequence(file) ?? 0, logPos, innerEvent: 0, row };
  }

  /** Writes the rows of one event; a promise where the sink has to catch up in the middle. */
  rows(
    event: RowsEvent,
    target: NonNullable<TableRoute['target']>,
    at: DdlContext,
  ): Promise<void> | undefined {
    if (this.#has(at)) return undefined;
    if (!this.#skipping && target.writer.open(event, at)) return this.#compiled(event, target, at, 0);
    return this.#interpreted(event, target, at, 0);
  }

  /** From row `from` on, those before it are written. */
  #compiled(
    event: RowsEvent,
    target: NonNullable<TableRoute['target']>,
    at: DdlContext,
    from: number,
  ): Promise<void> | undefined {
    const { writer } = target;
    let row = from;
    while (!writer.done) {
      const pipeline = this.#pipeline;
      const wrote = writer.writeMany(pipeline.batch, row, pipeline.batchBytesMax);
      row += wrote;
      if (wrote > 0) pipeline.written(wrote);
      else if (writer.wantsRoom && pipeline.batch.count > 0) pipeline.flush();
      else {
        if (!writer.write(pipeline.batch, row)) return this.#interpreted(event, target, at, row);
        row += 1;
        pipeline.written(1);
      }
      if (pipeline.full) {
        this.#markAt(at, row - 1);
        const next = row;
        return this.#pipeline.ready().then(() => this.#compiled(event, target, at, next));
      }
    }
    this.#markAt(at, row - 1);
    return undefined;
  }

  #interpreted(
    event: RowsEvent,
    target: NonNullable<TableRoute['target']>,
    at: DdlContext,
    from: number,
  ): Promise<void> | undefined {
    const rows = decodeRows(event, target.shape);
    for (let row = 0; row < from; row += 1) rows.next();
    return this.#continue(rows, event, target, { ...at, rowInEvent: from });
  }

  #continue(
    rows: Iterator<DecodedRow>,
    event: RowsEvent,
    target: NonNullable<TableRoute['target']>,
    context: RowContext & { rowInEvent: number },
  ): Promise<void> | undefined {
    for (let next = rows.next(); next.done !== true; next = rows.next()) {
      if (!this.#skips(context, context.rowInEvent)) {
        target.encode(this.#pipeline.batch, event.action, next.value, context);
        this.#pipeline.written(1);
      }
      context.rowInEvent += 1;
      if (this.#pipeline.full) {
        this.#markAt(context, context.rowInEvent - 1);
        return this.#pipeline.ready().then(() => this.#continue(rows, event, target, context));
      }
    }
    if (context.rowInEvent > 0) this.#markAt(context, context.rowInEvent - 1);
    return undefined;
  }

  ddl(message: DdlMessage, at: DdlContext): void {
    if (this.#has(at) || this.#skips(at, 0)) return;
    this.#format.ddl(this.#pipeline.batch, this.#topics.ddl(message.database), message, at);
    this.#pipeline.written(0);
    this.#markAt(at, 0);
  }

  #markAt(at: DdlContext, row: number): void {
    if (this.#skipping) return;
    const fileNumber = fileSequence(at.transaction.file) ?? 0;
    this.#mark = { fileNumber, logPos: at.logPos, innerEvent: at.innerEvent, row };
  }

  #has({ transaction: { gtid } }: DdlContext): boolean {
    return this.#delivered !== null && gtid !== null && this.#delivered.contains(gtid);
  }

  #skips(at: DdlContext, row: number): boolean {
    if (!this.#skipping || this.#skipTo === null) return false;
    const mark = this.#skipTo;
    const order =
      (fileSequence(at.transaction.file) ?? 0) - mark.fileNumber ||
      at.logPos - mark.logPos ||
      at.innerEvent - mark.innerEvent ||
      row - mark.row;
    this.#skipping = order <= 0;
    return this.#skipping;
  }
}
