import type { Checkpoint } from '../../core/checkpoint.ts';
import type { Lease, RunStatus } from '../../core/lease.ts';
import { formatPosition } from '../../core/position.ts';
import type { TaskError, TaskRecord, TaskState } from '../../core/task.ts';
import { maskSecrets, type ShownTaskSpec } from '../../core/task-secrets.ts';

/** What the API shows of a task: the spec with every secret masked, and what became of it. Times are ISO 8601. */
export type TaskView = ShownTaskSpec & {
  readonly state: TaskState;
  readonly server_id: number;
  /** The durable resume point; the start point before the first checkpoint; '' and 0 before both. */
  readonly position_name: string;
  readonly position_pos: number;
  readonly gtid_set: string;
  readonly stop_sync: boolean;
  /** Of a failed task why, of a retrying one what it waits out; else ''. */
  readonly error_msg: string;
  /** `event_id`: the event that it came from, for skip_event. */
  readonly error: {
    readonly code: string;
    readonly hint: string;
    readonly at: string;
    readonly event_id?: string;
    readonly position?: string;
  } | null;
  readonly lag_ms: number | null;
  readonly rows: number;
  /** Since the run began; 0 while none is there. */
  readonly statement_writes: number;
  readonly dead_letters: number;
  readonly skipped_events: number;
  readonly truncated: number;
  /** Until the source deletes the file that the checkpoint stands in; null where that is not in sight. */
  readonly hours_until_purge: number | null;
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

function viewError({ code, hint, atMs, event }: TaskError): NonNullable<TaskView['error']> {
  const at = isoTime(atMs);
  if (event === undefined) return { code, hint, at };
  return { code, hint, at, event_id: event.id, position: formatPosition(event) };
}

const hours = (ms: number | null): number | null =>
  ms === null ? null : Math.max(0, Math.round(ms / 360_000) / 10);

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
    error: error === null ? null : viewError(error),
    lag_ms: state === 'running' ? (status?.lagMs ?? null) : null,
    rows: Math.max(status?.rows ?? 0, checkpoint?.rows ?? 0),
    statement_writes: status?.counts?.statementWrites ?? 0,
    dead_letters: status?.counts?.deadLetters ?? 0,
    skipped_events: status?.counts?.skipped ?? 0,
    truncated: status?.counts?.truncated ?? 0,
    hours_until_purge: state === 'running' ? hours(status?.purgeInMs ?? null) : null,
    restarts: Math.max(0, task.attempt - (task.refusals ?? 0) - 1),
    started_at: task.run === null ? null : isoTime(task.run.launchedAtMs),
    created_at: isoTime(task.createdAtMs),
    updated_at: isoTime(task.updatedAtMs),
    run: task.run === null ? null : { id: task.run.id, generation: task.run.generation },
  };
}
