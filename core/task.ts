import type { ErrorCode, EventPlace } from './errors.ts';
import type { EventSkip } from './event-skip.ts';
import type { BinlogPosition } from './position.ts';
import type { TaskSpec } from './task-spec.ts';

/**
 * What a user sees of a task.
 * - pending: wanted, no runner started yet, or waiting out a backoff before the next start
 * - starting: a runner is launched and has not said yet that it streams
 * - running: a runner holds the lease and streams (or retries a connection by itself)
 * - stopping: a runner is draining
 * - stopped: not wanted, and no runner is there
 * - failed: wanted, but only a person can help; `error` says how
 */
export type TaskState = 'pending' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** What the user wants. */
export type DesiredState = 'running' | 'stopped' | 'deleted';

export interface TaskError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly atMs: number;
  /** The event that it came from, where it came from one. */
  readonly event?: EventPlace;
}

/**
 * Where a task's stream begins. A new epoch (first start, recovery_v2, rewind) wins over a checkpoint that
 * follows from an older one; within an epoch the checkpoint wins. That makes a jump one write to one item.
 */
export interface StartPoint {
  readonly epoch: number;
  /** null: the runner takes the source's latest position at its start (`"check": "runner"`). */
  readonly at: (BinlogPosition & { readonly gtidSet: string; readonly serverUuid: string }) | null;
}

/** Which tables are captured. Names may hold `*`. `tables` and `exclude` entries are `table`, `db.table` or `db.*`. */
export interface TableFilter {
  /** Empty: all but the server's own (mysql, sys, information_schema, performance_schema). */
  readonly databases: readonly string[];
  /** Empty: all tables of those databases. */
  readonly tables: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * A filter and from where on it counts. A stream that is still before `from` switches there; one that is
 * already past it switches at once. `from` null (source not asked): at once.
 */
export interface FilterVersion {
  readonly version: number;
  readonly filter: TableFilter;
  readonly from: FilterStart | null;
}

/** A place of one server; with its GTID set the same moment can be found on another server of the topology. */
export interface FilterStart extends BinlogPosition {
  readonly gtidSet?: string;
  readonly serverUuid?: string;
}

/** The task item. Secrets are references. Changed only by compare-and-set on `version`. */
export interface TaskRecord {
  readonly taskId: string;
  /** Grows by one with every write. */
  readonly version: number;
  /** The posted body, normalised, secrets replaced by references; database, tables, exclude_table as last updated. */
  readonly spec: TaskSpec;
  readonly desired: DesiredState;
  readonly state: TaskState;
  readonly start: StartPoint;
  /** Newest last; the runner needs those whose position it has not passed, so the last few are kept. */
  readonly filters: readonly FilterVersion[];
  /** Events that a person has told the stream to leave out; the last ones. */
  readonly skips?: readonly EventSkip[];
  /** The replica server id that its runners register with. */
  readonly serverId: number;
  /** Grows with every launch that is wanted anew (start, resume); part of the launch's idempotence key. */
  readonly generation: number;
  /** Launches of this generation so far, refused ones too: each has an id of its own. */
  readonly attempt: number;
  /** Attempts of this generation that started nothing. */
  readonly refusals?: number;
  /** Runs that ended in a row without a minute of health; sets the backoff before the next launch. */
  readonly failures: number;
  /** The run that was launched and is not known to have ended. */
  readonly run: {
    /** The owner under which it takes the lease; see runIdOf. */
    readonly id: string;
    readonly handle: string;
    readonly generation: number;
    readonly launchedAtMs: number;
    /** What its platform started it from; absent where runs do not differ, or where that was not known. */
    readonly revision?: string | null;
  } | null;
  /** Its run `runId` is to be drained and started anew, from another revision; gone once the next one has shown itself. */
  readonly roll?: { readonly runId: string; readonly atMs: number } | null;
  /** Not before this time is the next launch tried. */
  readonly nextLaunchAtMs: number | null;
  readonly error: TaskError | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The states that may follow each state; anything else is a defect of the caller. */
export const LEGAL_TRANSITIONS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  pending: ['starting', 'stopping', 'stopped', 'failed'],
  starting: ['running', 'pending', 'stopping', 'stopped', 'failed'],
  running: ['starting', 'pending', 'stopping', 'stopped', 'failed'],
  stopping: ['stopped', 'pending', 'failed'],
  // stopping: a launch that was under way when it was stopped has come to something, or it is being deleted
  stopped: ['pending', 'starting', 'stopping'],
  failed: ['pending', 'starting', 'stopping', 'stopped'],
};

export interface TaskPage {
  readonly tasks: readonly TaskRecord[];
  /** Tasks in all pages that match `state`. */
  readonly total: number;
  readonly cursor?: string;
}

/**
 * The states in which there may be something to do. A task that is stopped or failed has no run and is not to be
 * deleted: every write that changes that moves it to one of these.
 */
export const ACTIVE_STATES: readonly TaskState[] = ['pending', 'starting', 'running', 'stopping'];

/** Port: the task items. */
export interface TaskStore {
  /** Conditional create. CDC_TASK_EXISTS, or CDC_TASK_DELETING while a task of that id is being deleted. */
  create(task: TaskRecord): Promise<void>;
  get(taskId: string): Promise<TaskRecord | null>;
  /** Those of the tasks that are there, in no order. */
  getMany(taskIds: readonly string[]): Promise<TaskRecord[]>;
  /** Ids by state as they stood a moment ago, without reading the items. Each state's ids are in order. */
  idsByState(states: readonly TaskState[]): Promise<Map<TaskState, string[]>>;
  /** In order of task id. Deleted-to-be tasks are included; the caller filters. CDC_INVALID_REQUEST for a bad cursor. */
  list(options: { limit: number; cursor?: string; state?: TaskState }): Promise<TaskPage>;
  /**
   * Writes `task` with version + 1 if the stored version is still `task.version`; else CDC_VERSION_CONFLICT. Returns
   * what was written. `from`, the state that the task was read with, saves a request where the state changes.
   */
  update(task: TaskRecord, from?: TaskState): Promise<TaskRecord>;
  /** Removes the item if its version is still this one; else CDC_VERSION_CONFLICT. */
  remove(taskId: string, version: number): Promise<void>;
}
