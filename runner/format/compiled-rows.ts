import type { MessageBatch } from '../../core/message-batch.ts';
import { makeRoom, type RowState } from '../binlog/compile/state.ts';
import type { RowsEvent } from '../binlog/event.ts';
import { CompiledTable, type RowEnvelope } from '../binlog/row-compiler.ts';
import type { TableShape } from '../binlog/table-shape.ts';
import type { DdlContext, RowsWriter } from './envelope.ts';

/** What a message says behind its images: one text an event but for the row's number. */
export interface RowTail {
  begin(context: DdlContext): void;
  /** Longest text that `put` writes. */
  readonly roomBytes: number;
  /** Returns where the next byte goes. */
  put(out: DataView, at: number, row: number): number;
}

export interface CompiledRowsOptions {
  readonly shape: TableShape;
  readonly topic: string;
  readonly envelope: RowEnvelope;
  readonly tail: RowTail;
  readonly splitKeyChanges: boolean;
  /** Shared by all tables of a stream, so that none keeps memory of its own. */
  readonly state: RowState;
}

/** The rows of one table by compiled functions. */
export class CompiledRows implements RowsWriter {
  readonly #options: CompiledRowsOptions;
  readonly #table: CompiledTable;
  readonly #state: RowState;
  #run: ((state: RowState) => void) | null = null;
  /** The batch that the topic's number is of. */
  #batch: MessageBatch | null = null;
  #topic = 0;

  constructor(options: CompiledRowsOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#table = new CompiledTable(options.shape, options.envelope, options.splitKeyChanges);
  }

  open(event: RowsEvent, context: DdlContext): boolean {
    this.#run = this.#table.rowFunction(event);
    if (this.#run === null || event.rows.length === 0) return false;
    const { rows } = event;
    const state = this.#state;
    if (state.bytes.buffer !== rows.buffer) {
      state.bytes = Buffer.from(rows.buffer);
      state.source = new DataView(rows.buffer);
    }
    state.from = rows.byteOffset;
    state.end = rows.byteOffset + rows.length;
    this.#options.tail.begin(context);
    return true;
  }

  get done(): boolean {
    return this.#state.from >= this.#state.end;
  }

  write(batch: MessageBatch, row: number): boolean {
    const state = this.#state;
    const run = this.#run;
    if (run === null) return false;
    const { tail, topic } = this.#options;
    const start = batch.length;
    const from = state.from;
    state.batch = batch;
    state.target = batch.bytes;
    state.out = batch.view;
    state.at = start;
    try {
      run(state);
    } catch {
      // whatever it was: the interpreted path reads the row, or tells what is wrong with it
      batch.length = start;
      state.from = from;
      return false;
    }
    makeRoom(state, state.at, tail.roomBytes);
    const end = tail.put(state.out, state.at, row);
    if (this.#batch !== batch) {
      this.#batch = batch;
      this.#topic = batch.topicNumber(topic);
    }
    batch.close(this.#topic, start, state.keyEnd, end);
    return true;
  }
}
