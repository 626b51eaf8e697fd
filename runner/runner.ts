import type { Checkpoint, CheckpointStore, SchemaStore } from '../core/checkpoint.ts';
import type { Clock } from '../core/clock.ts';
import { type CdcError, toCdcError } from '../core/errors.ts';
import type { HistoryStore } from '../core/history.ts';
import type { LeaseStore, RunStatus } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import type { TaskRecord, TaskStore } from '../core/task.ts';
import { Checkpointer } from './checkpointer.ts';
import type { RunnerConfig } from './config.ts';
import type { TaskEnds } from './create-ends.ts';
import { every } from './every.ts';
import { galaxyFormat } from './format/galaxy.ts';
import { topicNames } from './format/topic.ts';
import { guardedSink, leaseGuard } from './guarded-sink.ts';
import { type Health, healthOf } from './health.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { PolicySink } from './policy-sink.ts';
import { watchPurge } from './purge-watch.ts';
import { runListener } from './run-listener.ts';
import { RunReport } from './run-report.ts';
import type { EventSkips } from './source/event-skips.ts';
import { FilterTimeline } from './source/filter-timeline.ts';
import { Stream } from './stream.ts';
import { taskPolicies } from './task-policies.ts';

export interface RunnerDeps {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
  /** Makes the two ends of the task's stream; secrets are looked up here, once. */
  readonly createEnds: (task: TaskRecord, checkpoint: Checkpoint | null) => Promise<TaskEnds>;
  readonly clock: Clock;
  /** See LeaseKeeperOptions. */
  readonly elapsedMs: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly config: RunnerConfig;
}

/** How a run ended, as the process's exit code. */
export const EXIT_CODES = { drained: 0, retryable: 1, failed: 3, leaseHeld: 4 } as const;

/** With a checkpoint every two seconds that is one write a second to the store. */
const RENEW_MS = 2_000;

type Phase = RunStatus['phase'];

/**
 * One run of one task: takes the lease, claims the checkpoint, streams, drains, releases.
 * States: starting (leasing, connecting), streaming, retrying, draining, then stopped or failed.
 */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #report: RunReport;
  #stream: Stream | null = null;
  #timeline: FilterTimeline | null = null;
  #checkpointer: Checkpointer | null = null;
  #keeper: LeaseKeeper | null = null;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    const { taskId, runId } = deps.config;
    this.#log = deps.log.with({ taskId, runId });
    this.#report = new RunReport({ taskId, history: deps.history, clock: deps.clock, log: this.#log });
  }

  /** Runs until the task is stopped, `signal` aborts (drain), or only a person can help. Returns the exit code. */
  async run(signal: AbortSignal): Promise<number> {
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    if (signal.aborted) this.#stop.abort();
    const { config, clock, elapsedMs, leases } = this.#deps;
    const keeper = await LeaseKeeper.acquire(
      {
        leases,
        taskId: config.taskId,
        owner: config.runId,
        generation: config.generation,
        ttlMs: config.leaseTtlMs,
        clock,
        elapsedMs,
        log: this.#log,
      },
      this.#stop.signal,
    );
    if (keeper === null) return EXIT_CODES.drained;
    this.#keeper = keeper;
    this.#log.info('lease_acquired', { fencingToken: keeper.fencingToken, generation: config.generation });
    const stopRenewing = every(
      Math.max(50, Math.min(RENEW_MS, config.leaseTtlMs / 5)),
      () => keeper.renew(this.#status()),
      (error) => this.#log.warn('lease_renewal_failed', { message: toCdcError(error).message }),
    );
    try {
      await this.#streamTask(keeper);
      this.#report.phase = 'stopped';
      this.#log.info('run_stopped', { reading: this.#status().reading });
      return EXIT_CODES.drained;
    } catch (error) {
      return await this.#ended(toCdcError(keeper.lost.aborted ? keeper.lost.reason : error));
    } finally {
      await stopRenewing();
      await keeper.release(this.#status()).catch(() => undefined);
    }
  }

  get health(): Health {
    this.#keeper?.check();
    const lease = this.#keeper === null ? 'waiting' : this.#keeper.lost.aborted ? 'lost' : 'held';
    return healthOf(lease, this.#report.phase);
  }

  async #ended(failure: CdcError): Promise<number> {
    const { code, message, hint, retryable } = failure;
    this.#report.failed(failure);
    const cause =
      code === 'CDC_INTERNAL' && failure.cause instanceof Error ? { stack: failure.cause.stack } : {};
    this.#log.error('run_failed', { code, message, hint, retryable, ...cause });
    if (!retryable)
      await this.#report.note({ kind: 'error', message: `${code}: ${message}`, details: { hint } });
    return retryable ? EXIT_CODES.retryable : EXIT_CODES.failed;
  }

  async #streamTask(keeper: LeaseKeeper): Promise<void> {
    const { tasks, checkpoints, config, clock, random } = this.#deps;
    const task = await tasks.get(config.taskId);
    if (task === null || task.desired !== 'running' || task.generation > config.generation) return;
    const claimed = await checkpoints.claim(config.taskId, keeper.fencingToken);
    const checkpoint = claimed?.startEpoch === task.start.epoch ? claimed : null;
    const { open, start, createSink, forecast, messageBytesMax } = await this.#deps.createEnds(
      task,
      checkpoint,
    );
    const policies = taskPolicies(task, this.#report, messageBytesMax);

    const checkpointer = this.#createCheckpointer(task, claimed, checkpoint, keeper.fencingToken);
    const timeline = new FilterTimeline(task.filters);
    const guard = leaseGuard(keeper);
    const listener = runListener({
      report: this.#report,
      checkpointer,
      log: this.#log,
      onStatement: task.spec.on_statement ?? 'warn',
      serverUuid: checkpoint?.source.serverUuid ?? task.start.at?.serverUuid ?? null,
      draining: () => this.#stop.signal.aborted,
    });
    this.#checkpointer = checkpointer;
    this.#timeline = timeline;
    const stream = new Stream({
      open,
      start,
      timeline,
      createSink: () => new PolicySink(guardedSink(createSink(guard), guard), policies.messages),
      policy: policies.events,
      format: galaxyFormat({ splitKeyChanges: true }),
      topics: topicNames(task.taskId, task.spec.kafka_conf.topic),
      ddl: task.spec.ddl,
      until: null,
      listener: {
        ...listener,
        connected: (connection) => {
          listener.connected(connection);
          // told at once: a run that dies now has streamed, and the next one need not wait for long
          void keeper.renew(this.#status());
        },
      },
      log: this.#log,
      clock,
      random,
      batchBytesMax: config.batchBytesMax,
      inFlightBytesMax: config.inFlightBytesMax,
      xaHeldBytesMax: config.xaHeldBytesMax,
      retry: 'always',
      startId: `${task.createdAtMs}.${task.start.epoch}`,
    });
    this.#stream = stream;
    const abandon = new AbortController();
    keeper.lost.addEventListener('abort', () => abandon.abort(keeper.lost.reason), { once: true });
    const fail = (error: unknown): void => abandon.abort(error);
    const stopSaving = every(200, () => checkpointer.tick(), fail);
    const stopWatching = every(
      1_000,
      () => this.#watch(keeper, timeline, policies.skips),
      (error) => this.#log.warn('task_not_readable', { message: toCdcError(error).message }),
    );
    const watch = { report: this.#report, checkpoint: () => checkpointer.position, forecast };
    const stopForecast = every(
      config.purgeCheckMs,
      () => watchPurge(watch),
      (error) => this.#log.warn('purge_not_foreseen', { message: toCdcError(error).message }),
    );
    try {
      await stream.run(this.#stop.signal, abandon.signal);
    } finally {
      // nobody waits for a source that may not answer
      void stopForecast();
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
  async #watch(keeper: LeaseKeeper, timeline: FilterTimeline, skips: EventSkips): Promise<void> {
    const { tasks, config } = this.#deps;
    const task = await tasks.get(config.taskId);
    if (task === null || task.desired !== 'running' || task.generation > config.generation) {
      this.#log.info('stop_wanted', { desired: task?.desired ?? 'gone' });
      this.#stop.abort();
      return;
    }
    skips.update(task.skips ?? []);
    if (!timeline.update(task.filters)) return;
    this.#log.info('filter_received', { version: timeline.newestVersion });
    // the request that changed it waits for this
    await keeper.renew(this.#status());
  }

  #status(): RunStatus {
    const reading = this.#stream?.reading ?? null;
    const { phase: told, error, counts, purgeInMs } = this.#report;
    const draining = this.#stop.signal.aborted && (told === 'streaming' || told === 'retrying');
    const phase: Phase = draining ? 'draining' : told;
    return {
      phase,
      error,
      filterVersion: this.#timeline?.newestVersion ?? 0,
      reading: reading === null ? null : { file: reading.file, position: reading.position },
      lagMs: this.#stream?.lagMs ?? null,
      rows: this.#checkpointer?.rows ?? 0,
      atMs: this.#deps.clock.now(),
      counts: { ...counts },
      purgeInMs,
    };
  }
}
