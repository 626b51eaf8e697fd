import { backoffMs } from '../core/backoff.ts';
import { toCdcError } from '../core/errors.ts';
import type { Sink } from '../core/sink.ts';
import { BinlogParser } from './binlog/parser.ts';
import { Halt } from './halt.ts';
import { Pipeline } from './pipeline.ts';
import { type EmitMark, Emitter } from './source/emitter.ts';
import { strictPolicy } from './source/event-policy.ts';
import { EventProcessor } from './source/event-processor.ts';
import { EventReader } from './source/event-reader.ts';
import { type Delivered, deliveredAt, type Mark, MarkKeeper, readMark, resumeFrom } from './source/marks.ts';
import { advanced, cloned, type ResumePoint } from './source/resume-point.ts';
import type { SourceConnection } from './source/source.ts';
import { TableRoutes } from './source/table-routes.ts';
import { XaHold } from './source/xa-hold.ts';
import { rereadXa } from './source/xa-reread.ts';
import type { StreamOptions, StreamStatistics } from './stream-options.ts';
import { orAborted, sleep, withTimeout } from './waits.ts';

const RETRY = { firstMs: 250, maxMs: 15_000 };
/** While events keep coming there is more behind them; after this long without one there is not. */
const QUIET_MS = 200;
/** A drain that takes longer is given up: what is not acknowledged is sent again by the next run. */
const DRAIN_TIMEOUT_MS = 12_000;

/** Aborted: the stream is to end, or the sink has failed. */
interface Ends {
  readonly connection: SourceConnection;
  readonly pipeline: Pipeline;
  readonly signal: AbortSignal;
}

/**
 * One stream from a source into a sink, over lost connections on both sides, for as long as it takes.
 * A lost source goes on where reading stopped; a failed sink goes back to what it has acknowledged.
 */
export class Stream {
  readonly #options: StreamOptions;
  #pipeline: Pipeline | null = null;
  #sink: Sink | null = null;
  /** Everything before it was handed to the pipeline. */
  #read: ResumePoint | null;
  /** Everything before it is in the sink. */
  #acknowledged: ResumePoint | null;
  #mark: EmitMark | null = null;
  /** What the sink had when it was opened. */
  #delivered: Mark | null = null;
  #attempt = 0;
  #lastEventAtMs = 0;
  #connected = false;
  #lastSourceMs: number | null = null;
  /** The server that positions and marks belong to; null before the first connection. */
  #serverUuid: string | null = null;
  readonly statistics: StreamStatistics = { rows: 0, events: 0, bytesIn: 0, bytesOut: 0, messages: 0 };

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#read = options.start;
    this.#acknowledged = options.start === null ? null : cloned(options.start);
  }

  get reading(): ResumePoint | null {
    return this.#read;
  }

  /** Milliseconds behind the source: 0 when all that came is in the sink, null before the first connection. */
  get lagMs(): number | null {
    if (this.#pipeline === null)
      return this.#lastSourceMs === null ? null : this.#behindMs(this.#lastSourceMs);
    const quietMs = this.#options.clock.now() - this.#lastEventAtMs;
    if (this.#lastSourceMs === null || (this.#pipeline.idle && quietMs >= QUIET_MS)) return 0;
    return this.#behindMs(this.#lastSourceMs);
  }

  #behindMs(sourceMs: number): number {
    return Math.max(0, this.#options.clock.now() - sourceMs);
  }

  /**
   * Runs until `until` is reached or `stop` aborts (then drains). Rejects with a CdcError that waiting can't
   * mend. `abandon` aborts without a drain: the lease is lost and nothing more may be sent.
   */
  async run(stop: AbortSignal, abandon: AbortSignal): Promise<'reached' | 'stopped'> {
    const halt = AbortSignal.any([stop, abandon]);
    try {
      for (;;) {
        try {
          return await this.#connectAndPump(halt, abandon);
        } catch (error) {
          abandon.throwIfAborted();
          if (stop.aborted) return 'stopped';
          await this.#recover(error, halt);
          if (stop.aborted) return 'stopped';
        }
      }
    } finally {
      await this.#closeSink();
    }
  }

  async #recover(error: unknown, halt: AbortSignal): Promise<void> {
    const sinkFailed = this.#pipeline?.failed;
    const failure = toCdcError(sinkFailed?.aborted === true ? sinkFailed.reason : error);
    if (sinkFailed?.aborted === true) await this.#backToAcknowledged();
    const { retry } = this.#options;
    const waits = retry === 'always' || (retry === 'once-connected' && this.#connected);
    // this run's id stays taken: the next one gets another
    if (failure.code === 'CDC_SERVER_ID_TAKEN' && retry === 'always') throw failure;
    if (!failure.retryable || !waits) throw failure;
    this.#attempt += 1;
    this.#options.listener.retrying(failure, this.#attempt);
    await sleep(backoffMs(this.#attempt, RETRY, this.#options.random), halt);
  }

  /** What the sink has not acknowledged is read and sent again. */
  async #backToAcknowledged(): Promise<void> {
    await this.#closeSink();
    this.#read = this.#acknowledged === null ? null : cloned(this.#acknowledged);
    this.#mark = null;
    if (this.#read !== null) this.#options.timeline.rewindTo(this.#read);
  }

  /**
   * Opens the source where reading stopped. At another server of the topology the marks inside the transaction in
   * which the first one broke off mean nothing, so there the stream goes back to what is acknowledged.
   */
  async #openSource(signal: AbortSignal): Promise<SourceConnection | null> {
    const connection = await this.#options.open(this.#read, signal);
    const { serverUuid } = connection.identity;
    const moved = this.#serverUuid !== null && this.#serverUuid !== serverUuid;
    this.#serverUuid = serverUuid;
    this.#options.timeline.setSource({ serverUuid, executed: () => this.#read?.gtids ?? null });
    if (!moved) return connection;
    await connection.close();
    await this.#backToAcknowledged();
    return null;
  }

  async #openEnds(halt: AbortSignal): Promise<Ends> {
    for (;;) {
      const pipeline = this.#pipeline ?? (await this.#openSink(halt));
      const signal = AbortSignal.any([halt, pipeline.failed]);
      const connection = await this.#openSource(signal);
      if (connection !== null) return { connection, pipeline, signal };
    }
  }

  async #connectAndPump(halt: AbortSignal, abandon: AbortSignal): Promise<'reached' | 'stopped'> {
    const { connection, pipeline, signal } = await this.#openEnds(halt);
    try {
      this.#adopt(connection);
      const reached = await this.#pump(connection, pipeline, signal);
      pipeline.failed.throwIfAborted();
      abandon.throwIfAborted();
      await withTimeout(pipeline.drain(), DRAIN_TIMEOUT_MS, abandon);
      return reached ? 'reached' : 'stopped';
    } finally {
      await connection.close();
    }
  }

  #adopt(connection: SourceConnection): void {
    this.#connected = true;
    this.#read = cloned(connection.start);
    this.#acknowledged ??= cloned(connection.start);
    this.#options.timeline.setFoldCase(connection.foldCase);
    this.#options.listener.connected(connection);
  }

  /** Until the source ends, `until` is reached (true) or the signal aborts (false). */
  async #pump(connection: SourceConnection, pipeline: Pipeline, signal: AbortSignal): Promise<boolean> {
    const isDone = (): boolean => this.#options.until?.reached(this.#read ?? connection.start) === true;
    if (isDone()) return true;
    let reached = false;
    const halt = new Halt(signal, pipeline);
    const { processor, emitter } = this.#processor(connection, pipeline, signal, () => {
      reached ||= isDone();
    });
    const ends = (): boolean => reached || halt.isWanted;
    const memory = this.#options.format.walker?.window ?? null;
    const reader = new EventReader({ processor, pipeline, memory, ends });
    try {
      for await (const chunk of connection.events) {
        this.#lastEventAtMs = this.#options.clock.now();
        for (const run of chunk) await reader.take(run);
        if (ends()) return reached;
        pipeline.flushIfIdle();
      }
      await reader.finish();
      return !halt.isWanted;
    } finally {
      halt.release();
      this.statistics.events += processor.eventCount;
      this.statistics.bytesIn += processor.bytesIn;
      this.#mark = emitter.mark;
    }
  }

  #processor(
    connection: SourceConnection,
    pipeline: Pipeline,
    signal: AbortSignal,
    onBoundary: () => void,
  ): { processor: EventProcessor; emitter: Emitter } {
    const { format, topics, timeline, listener } = this.#options;
    const emitter = new Emitter({ pipeline, format, topics, ...this.#skipped(connection, pipeline) });
    const parser = new BinlogParser({ verifyChecksum: true, flavor: connection.identity.flavor });
    for (const bytes of connection.preamble) parser.parse(bytes);
    const processor = new EventProcessor({
      parser,
      flavor: connection.identity.flavor,
      start: connection.start,
      timeline,
      routes: new TableRoutes({ format, topics, shapeOf: (map, at) => connection.schema.shapeOf(map, at) }),
      emitter,
      pipeline,
      xa: new XaHold(this.#options.xaHeldBytesMax),
      rereadXa: (startsAt) => rereadXa(connection, startsAt, signal),
      readStatement: (query) => connection.schema.readStatement(query),
      applyStatement: (statement, at) => connection.schema.applyStatement(statement, at),
      ddl: this.#options.ddl,
      policy: this.#options.policy ?? strictPolicy(),
      walker: format.walker,
      until: this.#options.until,
      observer: {
        boundary: (boundary) => {
          this.#read = advanced(this.#read ?? connection.start, boundary);
          if (boundary.sourceTimeMs !== null) {
            this.#lastSourceMs = boundary.sourceTimeMs;
            // a transaction came through: the connection is good
            this.#attempt = 0;
          }
          onBoundary();
        },
        heldBack: (sourceTimeMs) => {
          this.#lastSourceMs = sourceTimeMs;
        },
        idle: () => {
          this.#attempt = 0;
        },
        filterApplied: (version, at) => listener.filterApplied(version, at),
        warning: (message) => listener.warning(message),
        statementWrite: (statement, at) => listener.statementWrite(statement, at),
      },
    });
    return { processor, emitter };
  }

  /** What is passed over: what was handed on before the connection broke, else what the sink says that it has. */
  #skipped(connection: SourceConnection, pipeline: Pipeline): Delivered {
    const { identity, start } = connection;
    const { startId = '' } = this.#options;
    if (this.#sink?.marks !== undefined && pipeline.marks === null) {
      pipeline.marks = new MarkKeeper(startId, identity, start, this.#delivered);
    }
    const { skipTo, gtids } = deliveredAt(this.#delivered, identity.serverUuid);
    return { skipTo: this.#mark ?? skipTo, gtids };
  }

  async #openSink(halt: AbortSignal): Promise<Pipeline> {
    const sink = this.#options.createSink();
    // before the stream may end here: what is half open is closed as well
    this.#sink = sink;
    await orAborted(sink.open(), halt);
    this.#delivered = readMark(sink.marks?.last ?? null, this.#options.startId ?? '');
    if (this.#read === null && this.#delivered !== null) {
      this.#read = resumeFrom(this.#delivered);
      this.#acknowledged = this.#read === null ? null : cloned(this.#read);
    }
    const pipeline = new Pipeline({
      sink,
      newBatch: () => this.#options.format.newBatch(),
      batchBytesMax: this.#options.batchBytesMax,
      inFlightBytesMax: this.#options.inFlightBytesMax,
      onProgress: (boundary, rows) => {
        if (this.#acknowledged !== null) this.#acknowledged = advanced(this.#acknowledged, boundary);
        this.statistics.rows += rows;
        this.#options.listener.progress(boundary, rows);
      },
    });
    this.#pipeline = pipeline;
    return pipeline;
  }

  async #closeSink(): Promise<void> {
    const sink = this.#sink;
    if (this.#pipeline !== null) {
      this.statistics.bytesOut += this.#pipeline.bytesOut;
      this.statistics.messages += this.#pipeline.messagesOut;
    }
    const pipeline = this.#pipeline;
    this.#pipeline = null;
    this.#sink = null;
    await sink?.close();
    pipeline?.release();
  }
}
