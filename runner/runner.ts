import type { Checkpoint, CheckpointStore, SchemaStore } from '../core/checkpoint.ts';
import type { Clock } from '../core/clock.ts';
import { type CdcError, toCdcError } from '../core/errors.ts';
import type { HistoryEntry, HistoryStore } from '../core/history.ts';
import type { LeaseStore, RunStatus } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import { formatPosition } from '../core/position.ts';
import type { Sink } from '../core/sink.ts';
import type { TaskRecord, TaskStore } from '../core/task.ts';
import { Checkpointer } from './checkpointer.ts';
import type { RunnerConfig } from './config.ts';
import { every } from './every.ts';
import { galaxyFormat } from './format/galaxy.ts';
import { topicNames } from './format/topic.ts';
import { guardedSink } from './guarded-sink.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { FilterTimeline } from './source/filter-timeline.ts';
import type { ResumePoint } from './source/resume-point.ts';
import type { OpenSource } from './source/source.ts';
import { Stream } from './stream.ts';
import type { StreamListener } from './stream-options.ts';

export interface RunnerDeps {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
  /** Makes the two ends of the task's stream; secrets are looked up here, once. */
  readonly createEnds: (
    task: TaskRecord,
    checkpoint: Checkpoint | null,
  ) => Promise<{ open: OpenSource; start: ResumePoint | null; createSink: () => Sink }>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly config: RunnerConfig;
}

/** How a run ended, as the process's exit code. */
export const EXIT_CODES = { drained: 0, retryable: 1, failed: 3, leaseHeld: 4 } as const;

type Phase = RunStatus['phase'];

/**
 * One run of one task: takes the lease, claims the checkpoint, streams, drains, releases.
 * States: starting (leasing, connecting), streaming, retrying, draining, then stopped or failed.
 */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #phase: Phase = 'starting';
  #error: RunStatus['error'] = null;
  #stream: Stream | null = null;
  #timeline: FilterTimeline | null = null;
  #checkpointer: Checkpointer | null = null;
  /** The server that was read last, by this run or the one before it. */
  #serverUuid: string | null = null;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.#log = deps.log.with({ taskId: deps.config.taskId, runId: deps.config.runId });
  }

  /** Runs until the task is stopped, `signal` aborts (drain), or only a person can help. Returns the exit code. */
  async run(signal: AbortSignal): Promise<number> {
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    if (signal.aborted) this.#stop.abort();
    const { config, clock, leases } = this.#deps;
    const keeper = await LeaseKeeper.acquire(
      {
        leases,
        taskId: config.taskId,
        owner: config.runId,
        generation: config.generation,
        ttlMs: config.leaseTtlMs,
        clock,
        log: this.#log,
      },
      this.#stop.signal,
    );
    if (keeper === null) return EXIT_CODES.drained;
    this.#log.info('lease_acquired', { fencingToken: keeper.fencingToken, generation: config.generation });
    const stopRenewing = every(
      Math.max(50, Math.min(1_000, config.leaseTtlMs / 5)),
      () => keeper.renew(this.#status()),
      (error) => this.#log.warn('lease_renewal_failed', { message: toCdcError(error).message }),
    );
    try {
      await this.#streamTask(keeper);
      this.#phase = 'stopped';
      this.#log.info('run_stopped', { reading: this.#status().reading });
      return EXIT_CODES.drained;
    } catch (error) {
      return await this.#ended(toCdcError(keeper.lost.aborted ? keeper.lost.reason : error));
    } finally {
      await stopRenewing();
      await keeper.release(this.#status()).catch(() => undefined);
    }
  }

  async #ended(failure: CdcError): Promise<number> {
    const { code, message, hint, retryable } = failure;
    // also where the next run may do better: the exit code tells that
    this.#phase = 'failed';
    this.#error = { code, message, hint, atMs: this.#deps.clock.now() };
    const cause =
      code === 'CDC_INTERNAL' && failure.cause instanceof Error ? { stack: failure.cause.stack } : {};
    this.#log.error('run_failed', { code, message, hint, retryable, ...cause });
    if (!retryable) await this.#note({ kind: 'error', message: `${code}: ${message}`, details: { hint } });
    return retryable ? EXIT_CODES.retryable : EXIT_CODES.failed;
  }

  async #streamTask(keeper: LeaseKeeper): Promise<void> {
    const { tasks, checkpoints, config, clock, random } = this.#deps;
    const task = await tasks.get(config.taskId);
    if (task === null || task.desired !== 'running' || task.generation > config.generation) return;
    const claimed = await checkpoints.claim(config.taskId, keeper.fencingToken);
    const checkpoint = claimed?.startEpoch === task.start.epoch ? claimed : null;
    const { open, start, createSink } = await this.#deps.createEnds(task, checkpoint);

    const checkpointer = this.#createCheckpointer(task, claimed, checkpoint, keeper.fencingToken);
    const timeline = new FilterTimeline(task.filters);
    this.#checkpointer = checkpointer;
    this.#serverUuid = checkpoint?.source.serverUuid ?? task.start.at?.serverUuid ?? null;
    this.#timeline = timeline;
    const stream = new Stream({
      open,
      start,
      timeline,
      createSink: () => guardedSink(createSink(), keeper),
      format: galaxyFormat({ splitKeyChanges: true }),
      topics: topicNames(task.taskId, task.spec.kafka_conf.topic),
      ddl: task.spec.ddl,
      until: null,
      listener: this.#listener(checkpointer),
      log: this.#log,
      clock,
      random,
      batchBytesMax: config.batchBytesMax,
      inFlightBytesMax: config.inFlightBytesMax,
      xaHeldBytesMax: config.xaHeldBytesMax,
      retry: 'always',
    });
    this.#stream = stream;
    const abandon = new AbortController();
    keeper.lost.addEventListener('abort', () => abandon.abort(keeper.lost.reason), { once: true });
    const fail = (error: unknown): void => abandon.abort(error);
    const stopSaving = every(200, () => checkpointer.tick(), fail);
    const stopWatching = every(
      1_000,
      () => this.#watch(timeline),
      (error) => this.#log.warn('task_not_readable', { message: toCdcError(error).message }),
    );
    try {
      await stream.run(this.#stop.signal, abandon.signal);
    } finally {
      await stopWatching();
      await stopSaving();
    }
    await checkpointer.save();
  }

  #createCheckpointer(
    task: TaskRecord,
    claimed: Checkpoint | null,
    checkpoint: Checkpoint | null,
    fencingToken: number,
  ): Checkpointer {
    const { checkpoints, schemas, config, clock } = this.#deps;
    return new Checkpointer({
      checkpoints,
      schemas,
      taskId: task.taskId,
      fencingToken,
      startEpoch: task.start.epoch,
      rows: claimed?.rows ?? 0,
      schemaVersion: checkpoint?.schemaVersion ?? null,
      intervalMs: config.checkpointIntervalMs,
      clock,
      log: this.#log,
    });
  }

  /** The task item is how a user's wishes reach a runner: a changed filter, a stop, a newer generation. */
  async #watch(timeline: FilterTimeline): Promise<void> {
    const { tasks, config } = this.#deps;
    const task = await tasks.get(config.taskId);
    if (task === null || task.desired !== 'running' || task.generation > config.generation) {
      this.#log.info('stop_wanted', { desired: task?.desired ?? 'gone' });
      this.#stop.abort();
      return;
    }
    if (timeline.update(task.filters)) this.#log.info('filter_received', { version: timeline.newestVersion });
  }

  #listener(checkpointer: Checkpointer): StreamListener {
    return {
      connected: ({ identity, start, schema, address, lost }) => {
        this.#phase = this.#stop.signal.aborted ? 'draining' : 'streaming';
        this.#error = null;
        this.#log.info('connected', {
          file: start.file,
          position: start.position,
          serverUuid: identity.serverUuid,
          address,
        });
        this.#noteServer(identity.serverUuid, address, start, lost);
        checkpointer.connected(identity, start, () => schema.history());
      },
      progress: (boundary, rows) => checkpointer.progress(boundary, rows),
      retrying: (error, attempt) => {
        const { code, message, hint } = error;
        this.#phase = 'retrying';
        this.#error = { code, message, hint, atMs: this.#deps.clock.now() };
        this.#log.warn('retrying', { code, message, attempt });
        if (attempt === 1) void this.#note({ kind: 'warning', message: `${code}: ${message}; trying again` });
      },
      filterApplied: (version, at) => {
        this.#log.info('filter_applied', { version, file: at.file, position: at.position });
        void this.#note({
          kind: 'filter_applied',
          message: `filter ${version} applies from ${formatPosition(at)}`,
          details: { version, file: at.file, position: at.position },
        });
      },
      warning: (message) => {
        this.#log.warn('stream_warning', { message });
        void this.#note({ kind: 'warning', message });
      },
      statementWrite: (_statement, at) => {
        this.#log.warn('statement_write', {
          code: 'CDC_STATEMENT_EVENT',
          file: at.file,
          position: at.position,
        });
        void this.#note({
          kind: 'warning',
          message: `CDC_STATEMENT_EVENT: a write in statement format before ${formatPosition(at)} carries no rows`,
        });
      },
    };
  }

  /** A stream that goes on at another server says so. */
  #noteServer(serverUuid: string, address: string, start: ResumePoint, lost: string): void {
    const before = this.#serverUuid;
    this.#serverUuid = serverUuid;
    if (before === null || before === serverUuid) return;
    if (lost !== '') {
      const message = `${address} lacks transactions that were read from ${before} and delivered: ${lost}`;
      this.#log.warn('transactions_lost', { message });
      void this.#note({ kind: 'warning', message, details: { lost } });
    }
    const gtidSet = start.gtids?.toString() ?? '';
    void this.#note({
      kind: 'server_changed',
      message: `goes on at ${address}, server ${serverUuid}, by GTID set; before it was ${before}`,
      details: { from: before, to: serverUuid, address, gtidSet },
    });
  }

  async #note(entry: Omit<HistoryEntry, 'atMs'>): Promise<void> {
    const { history, config, clock } = this.#deps;
    try {
      await history.append(config.taskId, { ...entry, atMs: clock.now() });
    } catch (error) {
      this.#log.warn('history_failed', { message: toCdcError(error).message });
    }
  }

  #status(): RunStatus {
    const reading = this.#stream?.reading ?? null;
    const phase: Phase =
      this.#stop.signal.aborted && (this.#phase === 'streaming' || this.#phase === 'retrying')
        ? 'draining'
        : this.#phase;
    return {
      phase,
      error: this.#error,
      filterVersion: this.#timeline?.newestVersion ?? 0,
      reading: reading === null ? null : { file: reading.file, position: reading.position },
      lagMs: this.#stream?.lagMs ?? null,
      rows: this.#checkpointer?.rows ?? 0,
      atMs: this.#deps.clock.now(),
    };
  }
}
