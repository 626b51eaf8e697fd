import type { CdcError } from '../core/errors.ts';
import { drop } from '../core/large-memory.ts';
import { MessageBatch } from '../core/message-batch.ts';
import type { Sink } from '../core/sink.ts';
import { AckWindow, type CommitBoundary } from './ack-window.ts';

/** What a sink that keeps marks is told; see source/marks.ts. */
export interface PipelineMarks {
  ended(gtid: string | null, file: string, position: number): void;
  readonly atEnd: string;
  within(batch: MessageBatch): string | null;
}

export interface PipelineOptions {
  readonly sink: Sink;
  /** A batch is sent at this size even when others are still in flight. */
  readonly batchBytesMax: number;
  /** Bytes that may be in flight; above it the source waits. */
  readonly inFlightBytesMax: number;
  /** Where the writer of the rows wants them in memory of its own. */
  readonly newBatch?: () => MessageBatch;
  /** Rows up to `boundary` are durable in the sink. */
  readonly onProgress: (boundary: CommitBoundary, rows: number) => void;
}

/**
 * Collects messages into batches and keeps the sink busy: with nothing in flight a batch goes out at once
 * (latency), else it grows until the one before it is acknowledged or it is full (throughput). That needs no
 * timer.
 */
export class Pipeline {
  readonly #sink: Sink;
  readonly #options: PipelineOptions;
  readonly #window: AckWindow;
  readonly #spare: MessageBatch[] = [];
  readonly #failure = new AbortController();
  /** The same as its signal says, at hand for every row. */
  #hasFailed = false;
  #batch: MessageBatch;
  #batchBoundary: CommitBoundary | null = null;
  #batchGtids: string[] = [];
  #batchRows = 0;
  #inFlightBytes = 0;
  /** So many messages of the batch belong to transactions that have ended; null: none has, since it was begun. */
  #endedAt: number | null = null;
  /** What was sent last ends in the middle of a transaction. */
  #isTailOpen: boolean = false;
  /** Present where the sink keeps marks; set when the stream knows its server. */
  marks: PipelineMarks | null = null;
  #wake: (() => void) | null = null;
  /** Why the source need not wait for room any more. */
  #interrupted: CdcError | null = null;

  /** Bytes that the sink has acknowledged. */
  bytesOut = 0;
  messagesOut = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#sink = options.sink;
    this.#window = new AckWindow(options.onProgress);
    this.#batch = this.#newBatch();
  }

  /** Aborted with the error as its reason when the sink has failed: nothing more will be acknowledged. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** The batch to write messages into; call `written` afterwards. */
  get batch(): MessageBatch {
    return this.#batch;
  }

  /** True when the source has to wait for `ready` before it writes more. */
  get full(): boolean {
    return this.#inFlightBytes > this.#options.inFlightBytesMax || this.#hasFailed;
  }

  /** A batch is sent at this size. */
  get batchBytesMax(): number {
    return this.#options.batchBytesMax;
  }

  get idle(): boolean {
    return this.#window.size === 0 && this.#isEmpty;
  }

  /** Nothing to send; the end of a transaction whose messages are out already is something. */
  get #isEmpty(): boolean {
    return this.#batch.count === 0 && this.#endedAt === null;
  }

  /** Rows were written into `batch`. */
  written(rows: number): void {
    this.#batchRows += rows;
    if (this.#batch.length >= this.#options.batchBytesMax) this.flush();
  }

  /** A transaction of the source has ended, whether anything of it was captured or not; before its boundary. */
  ended(gtid: string | null, file: string, position: number): void {
    if (this.marks === null) return;
    this.marks.ended(gtid, file, position);
    if (this.#batch.count > 0 || this.#isTailOpen) this.#endedAt = this.#batch.count;
  }

  /** Everything written so far belongs to transactions that end at or before this boundary. */
  boundary(boundary: CommitBoundary): void {
    if (this.#isEmpty) {
      this.#window.passed(boundary);
      return;
    }
    this.#batchGtids.push(...boundary.gtids);
    this.#batchBoundary = {
      ...boundary,
      gtids: this.#batchGtids,
      sourceTimeMs: boundary.sourceTimeMs ?? this.#batchBoundary?.sourceTimeMs ?? null,
    };
  }

  /** Sends what there is if the sink has nothing to do. Called when the source has nothing more at hand. */
  flushIfIdle(): void {
    if (this.#window.size === 0) this.flush();
  }

  flush(): void {
    if (this.#isEmpty || this.#failure.signal.aborted) return;
    const batch = this.#batch;
    if (this.marks !== null) this.#setMarks(batch, this.marks);
    const bytes = batch.length;
    const ticket = this.#window.sent(this.#batchRows, this.#batchBoundary);
    this.#batch = this.#spare.pop() ?? this.#newBatch();
    this.#batchBoundary = null;
    this.#batchGtids = [];
    this.#batchRows = 0;
    this.#inFlightBytes += bytes;
    this.#sink.write(batch).then(
      () => {
        this.#inFlightBytes -= bytes;
        this.bytesOut += bytes;
        this.messagesOut += batch.count;
        this.#recycle(batch);
        this.#window.acknowledged(ticket);
        this.flushIfIdle();
        this.#notify();
      },
      (error: unknown) => {
        this.#hasFailed = true;
        this.#failure.abort(error);
        this.#notify();
      },
    );
  }

  #setMarks(batch: MessageBatch, marks: PipelineMarks): void {
    const messages = this.#endedAt;
    this.#endedAt = null;
    this.#isTailOpen = messages !== batch.count;
    if (messages !== null) batch.commit = { messages, mark: marks.atEnd };
    if (this.#isTailOpen) batch.endMark = marks.within(batch);
  }

  /** Ends the waiting for room, now and later; what was sent may still be acknowledged. */
  interrupt(error: CdcError): void {
    this.#interrupted = error;
    this.#notify();
  }

  /** Resolves when there is room again; rejects with the sink's error when it has failed, or when interrupted. */
  async ready(): Promise<void> {
    while (this.full) {
      this.#failure.signal.throwIfAborted();
      if (this.#interrupted !== null) throw this.#interrupted;
      await this.#change();
    }
    this.#failure.signal.throwIfAborted();
  }

  /** Sends the rest and waits until all is acknowledged; rejects with the sink's error. */
  async drain(): Promise<void> {
    this.flush();
    while (!this.idle) {
      this.#failure.signal.throwIfAborted();
      await this.#change();
      this.flush();
    }
    this.#failure.signal.throwIfAborted();
  }

  /** The memory of its batches, when nothing will be written or sent any more. */
  release(): void {
    for (const batch of [this.#batch, ...this.#spare.splice(0)]) batch.release();
  }

  /** One waiter only: the source, which awaits either `ready` or `drain`. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #newBatch(): MessageBatch {
    return this.#options.newBatch?.() ?? new MessageBatch();
  }

  /** A few batches are kept; one that a huge row has blown up is not. */
  #recycle(batch: MessageBatch): void {
    if (this.#spare.length >= 8 || batch.bytes.length > 4 * this.#options.batchBytesMax) {
      drop(batch.bytes.length);
      batch.release();
      return;
    }
    batch.reset();
    this.#spare.push(batch);
  }
}
