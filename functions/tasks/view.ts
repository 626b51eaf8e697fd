import type { Checkpoint } from '../../core/checkpoint.ts';
import type { Lease, RunStatus } from '../../core/lease.ts';
import type { TaskError, TaskRecord, TaskState } from '../../core/task.ts';
import { maskSecrets, type ResolvedTaskSpec } from '../../core/task-secrets.ts';

/** What the API shows of a task: the spec with every secret masked, and what became of it. Times are ISO 8601. */
export type TaskView = ResolvedTaskSpec & {
  readonly state: TaskState;
  readonly server_id: number;
  /** The durable resume point; the start point before the first checkpoint; '' and 0 before both. */
  readonly position_name: string;
  readonly position_pos: number;
  readonly gtid_set: string;
  readonly stop_sync: boolean;
  /** Of a failed task why, of a retrying one what it waits out; else ''. */
  readonly error_msg: string;
  readonly error: { readonly code: string; readonly hint: string; readonly at: string } | null;
  readonly lag_ms: number | null;
  readonly rows: number;
  /** Launches after the first since the last start or resume. */
  readonly restarts: number;
  readonly started_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly run: { readonly id: string; readonly generation: number } | null;
};

/** What the run on record says of itself; null where the lease is nobody's or another's. */
function ownStatus(task: TaskRecord, lease: Lease | null): RunStatus | null {
  return lease !== null && task.run !== null && lease.owner === task.run.id ? lease.status : null;
}

/** The stored state lags behind the runner by a turn of the reconciler; its lease tells what is true now. */
export function shownState(task: TaskRecord, lease: Lease | null, nowMs: number): TaskState {
  if (task.desired !== 'running' || (task.state !== 'starting' && task.state !== 'running'))
    return task.state;
  const status = ownStatus(task, lease);
  const held = lease !== null && lease.expiresAtMs > nowMs;
  if (status === null || !held) return 'starting';
  return status.phase === 'streaming' || status.phase === 'retrying' || status.phase === 'draining'
    ? 'running'
    : 'starting';
}

function shownError(task: TaskRecord, status: RunStatus | null): TaskError | null {
  if (task.desired === 'running' && status?.phase === 'retrying') return status.error;
  return task.error;
}

const isoTime = (ms: number): string => new Date(ms).toISOString();

export function viewTask(
  task: TaskRecord,
  lease: Lease | null,
  checkpoint: Checkpoint | null,
  nowMs: number,
): TaskView {
  const status = ownStatus(task, lease);
  const error = shownError(task, status);
  const state = shownState(task, lease, nowMs);
  const at = checkpoint !== null && checkpoint.startEpoch === task.start.epoch ? checkpoint : task.start.at;
  return {
    ...maskSecrets(task.spec),
    state,
    server_id: task.serverId,
    position_name: at?.file ?? '',
    position_pos: at?.position ?? 0,
    gtid_set: at?.gtidSet ?? '',
    stop_sync: task.desired === 'stopped',
    error_msg: error?.message ?? '',
    error: error === null ? null : { code: error.code, hint: error.hint, at: isoTime(error.atMs) },
    lag_ms: state === 'running' ? (status?.lagMs ?? null) : null,
    rows: Math.max(status?.rows ?? 0, checkpoint?.rows ?? 0),
    restarts: Math.max(0, task.attempt - 1),
    started_at: task.run === null ? null : isoTime(task.run.launchedAtMs),
    created_at: isoTime(task.createdAtMs),
    updated_at: isoTime(task.updatedAtMs),
    run: task.run === null ? null : { id: task.run.id, generation: task.run.generation },
  };
}
