import type { Checkpoint, CheckpointStore, SchemaStore, SourceIdentity } from '../core/checkpoint.ts';
import type { Clock } from '../core/clock.ts';
import { toCdcError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { BinlogPosition } from '../core/position.ts';
import type { CommitBoundary } from './ack-window.ts';
import type { ResumePoint } from './source/resume-point.ts';
import type { SchemaHistory } from './source/source.ts';

export interface CheckpointerOptions {
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly taskId: string;
  readonly fencingToken: number;
  readonly startEpoch: number;
  /** Rows delivered before this run. */
  readonly rows: number;
  /** Version of the schema history that the stored checkpoint names. */
  readonly schemaVersion: number | null;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A position that only heartbeats and foreign transactions have moved is saved this much more rarely. */
const IDLE_FACTOR = 10;

/**
 * Saves what the sink has acknowledged, at most once an interval. A store that does not answer is tried again
 * at the next interval: the stream goes on for as long as its lease holds, and a lost lease ends it.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #point: ResumePoint | null = null;
  #identity: SourceIdentity | null = null;
  #history: () => SchemaHistory | null = () => null;
  #rows: number;
  #sourceTimeMs: number | null = null;
  #dirty: 'no' | 'position' | 'transaction' = 'no';
  #savedAtMs = 0;
  #savedSchemaVersion: number | null;
  #failing = false;
  /** One save at a time: what a drain has to wait for may be under way already. */
  #saving: Promise<void> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#rows = options.rows;
    this.#savedSchemaVersion = options.schemaVersion;
  }

  /** Up to where the sink has all; null before the first connection. */
  get position(): BinlogPosition | null {
    return this.#point;
  }

  get rows(): number {
    return this.#rows;
  }

  /** A connection was made; the stream's start is the first thing worth keeping. */
  connected(identity: SourceIdentity, start: ResumePoint, history: () => SchemaHistory | null): void {
    this.#identity = identity;
    this.#history = history;
    if (this.#point === null) {
      this.#point = { ...start, gtids: start.gtids?.clone() ?? null };
      this.#dirty = 'transaction';
    }
  }

  progress(boundary: CommitBoundary, rows: number): void {
    if (this.#point === null) return;
    for (const gtid of boundary.gtids) this.#point.gtids?.add(gtid);
    const { file, position, fileBeganS = null } = boundary;
    this.#point = { ...this.#point, file, position, fileBeganS };
    this.#rows += rows;
    if (boundary.sourceTimeMs !== null) this.#sourceTimeMs = boundary.sourceTimeMs;
    if (rows > 0) this.#dirty = 'transaction';
    else if (this.#dirty === 'no') this.#dirty = 'position';
  }

  /** Called on a timer. Rejects only when the lease is lost. */
  async tick(): Promise<void> {
    if (this.#dirty === 'no') return;
    const age = this.#options.clock.now() - this.#savedAtMs;
    const wait = this.#options.intervalMs * (this.#dirty === 'position' ? IDLE_FACTOR : 1);
    // a clock that was set back must not put the next save off by as much
    if (age >= 0 && age < wait) return;
    try {
      await this.save();
      this.#failing = false;
    } catch (error) {
      const failure = toCdcError(error);
      if (failure.code === 'CDC_LEASE_LOST') throw failure;
      if (!this.#failing)
        this.#options.log.warn('checkpoint_failed', { code: failure.code, message: failure.message });
      this.#failing = true;
    }
  }

  /** Saves now, if there is anything new, after a save that is under way. At a drain the error matters to the caller. */
  save(): Promise<void> {
    const turn = this.#saving.then(() => this.#saveNow());
    this.#saving = turn.catch(() => undefined);
    return turn;
  }

  async #saveNow(): Promise<void> {
    const point = this.#point;
    const identity = this.#identity;
    if (this.#dirty === 'no' || point === null || identity === null) return;
    const history = this.#history();
    const schemaVersion = history?.versionAt(point) ?? null;
    const { taskId, fencingToken, checkpoints, schemas, clock } = this.#options;
    const checkpoint: Checkpoint = {
      file: point.file,
      position: point.position,
      ...(point.fileBeganS == null ? {} : { fileBeganS: point.fileBeganS }),
      gtidSet: point.gtids?.toString() ?? '',
      source: identity,
      startEpoch: this.#options.startEpoch,
      rows: this.#rows,
      sourceTimeMs: this.#sourceTimeMs,
      savedAtMs: clock.now(),
      schemaVersion,
    };
    this.#dirty = 'no';
    this.#savedAtMs = checkpoint.savedAtMs;
    try {
      if (schemaVersion === null || history === null || schemaVersion === this.#savedSchemaVersion) {
        await checkpoints.save(taskId, fencingToken, checkpoint);
      } else {
        await schemas.put(taskId, fencingToken, schemaVersion, history.serializeAt(point));
        await checkpoints.save(taskId, fencingToken, checkpoint);
        this.#savedSchemaVersion = schemaVersion;
        await schemas.prune(taskId, schemaVersion);
      }
      history?.settle(point);
    } catch (error) {
      this.#dirty = 'transaction';
      throw error;
    }
  }
}
