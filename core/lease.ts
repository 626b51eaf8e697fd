import type { BinlogPosition } from './position.ts';
import type { TaskError } from './task.ts';

/** What a runner says of itself, written with its lease. */
export interface RunStatus {
  readonly phase: 'starting' | 'streaming' | 'retrying' | 'draining' | 'stopped' | 'failed';
  /** What it waits out (retrying) or ended with (failed). */
  readonly error: TaskError | null;
  /** The newest filter version that the stream follows from some position on. */
  readonly filterVersion: number;
  /** Where it reads; ahead of the checkpoint. */
  readonly reading: BinlogPosition | null;
  /** Milliseconds that the stream is behind the source; 0 when it has caught up, null when unknown. */
  readonly lagMs: number | null;
  /** Rows acknowledged by the sink since the task was created. */
  readonly rows: number;
  readonly atMs: number;
  readonly counts?: RunCounts;
  /**
   * Milliseconds until the source deletes the binlog file that the checkpoint stands in, by its own rule; null where
   * that is not in sight or not known.
   */
  readonly purgeInMs?: number | null;
}

/** Since the run began. */
export interface RunCounts {
  /** Writes in statement format to captured tables: they carry no rows. */
  readonly statementWrites: number;
  readonly deadLetters: number;
  readonly skipped: number;
  readonly truncated: number;
}

/** The right to run one task. Held by one owner at a time; the token grows by one with each new owner. */
export interface Lease {
  readonly taskId: string;
  readonly owner: string;
  readonly fencingToken: number;
  readonly expiresAtMs: number;
  /** The task generation that the owner runs. */
  readonly generation: number;
  readonly status: RunStatus | null;
}

/** Port: one lease a task. All times come from the caller's clock in ms since 1970. */
export interface LeaseStore {
  /**
   * Takes the lease if it is free, released or expired at `nowMs`; null while another owner holds it.
   * The same owner taking it again gets a new token too.
   */
  acquire(request: {
    taskId: string;
    owner: string;
    generation: number;
    ttlMs: number;
    nowMs: number;
  }): Promise<Lease | null>;
  /** Moves the expiry on and writes the status. CDC_LEASE_LOST if the token is no longer the newest. */
  renew(lease: Lease, status: RunStatus, ttlMs: number, nowMs: number): Promise<Lease>;
  /** Gives it up: expiresAtMs becomes 0; the last status and the token stay. A lost lease is no error. */
  release(lease: Lease, status: RunStatus): Promise<void>;
  /** For a launcher that knows the owner's process is gone: frees the lease if it still has this token. */
  revoke(taskId: string, fencingToken: number): Promise<void>;
  load(taskId: string): Promise<Lease | null>;
  /** All leases of the given tasks in one go, absent ones left out. */
  loadMany(taskIds: readonly string[]): Promise<Map<string, Lease>>;
  /** Forgets the lease but keeps the token's height, so that a task re-created with the same id goes on above it. */
  delete(taskId: string): Promise<void>;
}
