import type { MessageBatch } from '../../core/message-batch.ts';
import { makeRoom, type RowState } from '../binlog/compile/state.ts';
import type { RowsEvent } from '../binlog/event.ts';
import type { Program } from '../binlog/kernel/program.ts';
import type { RowKernel, TailLengths } from '../binlog/kernel/row-kernel.ts';
import { CompiledTable, type RowEnvelope } from '../binlog/row-compiler.ts';
import type { TableShape } from '../binlog/table-shape.ts';
import type { DdlContext, RowsWriter } from './envelope.ts';

/** What a message says behind its images: one text an event but for the row's number. */
export interface RowTail {
  begin(context: DdlContext): void;
  /** Of the texts up to the row's number and behind it, which stand in the kernel's memory. */
  readonly lengths: TailLengths;
  /** Longest text that `put` writes. */
  readonly roomBytes: number;
  /** Returns where the next byte goes. */
  put(out: DataView, at: number, row: number): number;
}

export interface CompiledRowsOptions {
  readonly shape: TableShape;
  /** Of the topic, in all batches that are written to. */
  readonly topicNumber: number;
  readonly envelope: RowEnvelope;
  readonly tail: RowTail;
  readonly splitKeyChanges: boolean;
  /** Shared by all tables of a stream, so that none keeps memory of its own. */
  readonly state: RowState;
  /** null: the compiled functions do all. */
  readonly kernel: RowKernel | null;
}

/** The rows of one table: by the kernel as far as it goes, a row that it leaves by compiled functions. */
export class CompiledRows implements RowsWriter {
  readonly #options: CompiledRowsOptions;
  readonly #table: CompiledTable;
  readonly #state: RowState;
  #run: ((state: RowState) => void) | null = null;
  #program: Program | null = null;
  /** Between the place of a row in the kernel's memory and that in the state's; NaN: the rows are not there. */
  #staged = Number.NaN;
  /** The last write stopped since the batch has no room for the next row where it lies. */
  wantsRoom = false;

  constructor(options: CompiledRowsOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#table = new CompiledTable(options.shape, options.envelope, options.splitKeyChanges, options.kernel);
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
    this.#program = this.#table.program(event);
    const staged = this.#program === null ? null : this.#options.kernel?.memory.stage(rows);
    this.#staged = staged == null ? Number.NaN : staged - rows.byteOffset;
    this.#options.tail.begin(context);
    return true;
  }

  programOf(event: RowsEvent): Program | null {
    return this.#table.program(event);
  }

  get topicNumber(): number {
    return this.#options.topicNumber;
  }

  get done(): boolean {
    return this.#state.from >= this.#state.end;
  }

  /** Writes messages from row `row` on, until the batch has `bytesMax`; how many. 0: the next one is for `write`. */
  writeMany(batch: MessageBatch, row: number, bytesMax: number): number {
    const { kernel, tail } = this.#options;
    const program = this.#program;
    this.wantsRoom = false;
    if (kernel === null || program === null || Number.isNaN(this.#staged)) return 0;
    const state = this.#state;
    const before = batch.count;
    const { stop, from } = kernel.run(batch, {
      program,
      from: state.from + this.#staged,
      end: state.end + this.#staged,
      row,
      topic: this.topicNumber,
      tail: tail.lengths,
      bytesMax,
    });
    state.from = from - this.#staged;
    this.wantsRoom = stop === 'no-room';
    return batch.count - before;
  }

  /** Writes the message of row `row`; false: it and those behind it are for the row encoder. */
  write(batch: MessageBatch, row: number): boolean {
    const state = this.#state;
    const run = this.#run;
    if (run === null) return false;
    const { tail } = this.#options;
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
    batch.close(this.topicNumber, start, state.keyEnd, end);
    return true;
  }
}
