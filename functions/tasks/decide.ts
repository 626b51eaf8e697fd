/**
 * What to do about one task: desired against observed, as a pure function. The shell that carries it out is
 * reconciler.ts. Nothing here counts as done until it is observed; every action may be repeated.
 */
import { unreachable } from '../../core/assert.ts';
import { ERROR_CODES } from '../../core/errors.ts';
import { type RunObservation, runIdOf } from '../../core/launcher.ts';
import type { Lease, RunStatus } from '../../core/lease.ts';
import { LEGAL_TRANSITIONS, type TaskError, type TaskRecord } from '../../core/task.ts';

export type Action =
  | { readonly kind: 'none' }
  | { readonly kind: 'launch' }
  /** Ask the run to drain. */
  | { readonly kind: 'stop-run'; readonly reason: string }
  /** Its owner's process is gone: free the lease, so that the next start need not wait for it to expire. */
  | { readonly kind: 'revoke-lease'; readonly fencingToken: number }
  | { readonly kind: 'mark-running' }
  /** The run that came in an older revision's place has shown that it streams. */
  | { readonly kind: 'end-roll' }
  | { readonly kind: 'mark-stopping' }
  | { readonly kind: 'mark-stopped'; readonly reason: string }
  /** A run that the task no longer wants has ended; the task's state is not touched. */
  | { readonly kind: 'forget-run'; readonly reason: string }
  /** Back to pending. `abandon`: the run is still there but hangs; it is asked to stop and not waited for. */
  | {
      readonly kind: 'retry-later';
      readonly reason: string;
      readonly error: TaskError | null;
      readonly health: RunHealth;
      readonly abandon: boolean;
    }
  /** Only a person can help; the run has ended. */
  | { readonly kind: 'fail'; readonly error: TaskError }
  /** No runner is left: forget everything of the task. */
  | { readonly kind: 'finish-delete' };

/**
 * How a run did, for the backoff before the next one: `drained` streamed and was then told to end (the next one
 * need not wait), `healthy` streamed for a minute (the backoff begins anew), `streamed` did so for less (a process that
 * is killed again and again: rows wait, so the backoff stays short), `killed` was killed before that, by no fault that
 * it could tell of, `failed` is everything else.
 */
export type RunHealth = 'drained' | 'healthy' | 'streamed' | 'killed' | 'failed';

export interface Observed {
  readonly task: TaskRecord;
  readonly lease: Lease | null;
  /** Of `task.run`; null where the task has no run, or the launcher could not be asked. */
  readonly run: RunObservation | null;
  readonly nowMs: number;
}

/** A run of at least this long that streamed begins the backoff anew, and lets the next ones be replaced. */
export const HEALTHY_AFTER_MS = 60_000;
/** A lease may be renewed late (a slow store); its owner is given up only after this much more. */
const EXPIRED_GRACE_MS = 10_000;
/** From the launch until the process runs: an image may have to be pulled. */
const PLATFORM_START_MS = 600_000;
/** From the launch until a process that runs has taken its lease. */
const LEASE_TAKEN_MS = 120_000;
/** A platform may not know a run that it has just started; a second one beside it would only wait for its lease. */
const LAUNCH_SEEN_MS = 120_000;
/** From the last word of a runner that said it ended until its process has to be gone. */
const EXIT_MS = 60_000;

const NONE: Action = { kind: 'none' };

/** The lease as far as it belongs to the task's run. */
interface OwnLease {
  readonly lease: Lease;
  readonly status: RunStatus | null;
}

function ownLease({ task, lease }: Observed): OwnLease | null {
  if (lease === null || task.run === null || lease.owner !== task.run.id) return null;
  return { lease, status: lease.status };
}

const isHeld = (lease: Lease | null, nowMs: number): boolean => lease !== null && lease.expiresAtMs > nowMs;

/** Its runner gave the lease up by itself: it writes and reads nothing any more. */
function hasLetGo(own: OwnLease | null): boolean {
  return own !== null && own.lease.expiresAtMs === 0;
}

/**
 * Ends a run that is not wanted: the next step towards that; null once no runner can act for the task.
 * A lease that is held by a process which no launcher knows can only be waited out.
 */
function endRun(observed: Observed, reason: string): Action | null {
  const { task, lease, run, nowMs } = observed;
  if (task.run !== null && run === null) return NONE;
  const own = ownLease(observed);
  switch (run?.kind) {
    case 'starting':
    case 'running':
      return hasLetGo(own) ? null : { kind: 'stop-run', reason };
    case 'ended':
      if (own !== null && isHeld(own.lease, nowMs)) {
        return { kind: 'revoke-lease', fencingToken: own.lease.fencingToken };
      }
      return isHeld(lease, nowMs) ? NONE : null;
    case 'unknown':
    case undefined:
      return isHeld(lease, nowMs) ? NONE : null;
    default:
      return unreachable(run);
  }
}

function decideStopped(observed: Observed): Action {
  const { task } = observed;
  if (task.state === 'stopped' && task.run === null) return NONE;
  const step = endRun(observed, 'the task was stopped');
  if (step === null) return { kind: 'mark-stopped', reason: endReason(observed) };
  const mayMark = task.state !== 'stopping' && LEGAL_TRANSITIONS[task.state].includes('stopping');
  return mayMark ? { kind: 'mark-stopping' } : step;
}

function endReason({ run }: Observed): string {
  return run?.kind === 'ended' ? run.reason : 'no runner is left';
}

/** A run that is not the one wanted (an older generation's, or a failed task's) is ended without a state change. */
function clearRun(observed: Observed, reason: string): Action {
  return endRun(observed, reason) ?? { kind: 'forget-run', reason: endReason(observed) };
}

/** A runner that drained says so with its lease, whatever is known of its exit code. */
function hasDrained(observed: Observed, exitCode: number | null): boolean {
  const own = ownLease(observed);
  return exitCode === 0 || (hasLetGo(own) && own?.status?.phase === 'stopped');
}

/** It came as far as streaming, whether or not somebody looked while it did. */
function hasStreamed(observed: Observed): boolean {
  if (observed.task.state === 'running') return true;
  const phase = ownLease(observed)?.status?.phase;
  return phase === 'streaming' || phase === 'retrying' || phase === 'draining';
}

/** By a signal: no exit code, or what a container makes of SIGKILL. */
function wasKilled({ run }: Observed): boolean {
  return run?.kind === 'ended' && run.started !== false && (run.exitCode === null || run.exitCode === 137);
}

function healthOf(observed: Observed, drained: boolean): RunHealth {
  const { task, nowMs } = observed;
  if (task.run === null || !hasStreamed(observed)) return wasKilled(observed) ? 'killed' : 'failed';
  if (drained) return 'drained';
  return nowMs - task.run.launchedAtMs >= HEALTHY_AFTER_MS ? 'healthy' : 'streamed';
}

function died(observed: Observed, reason: string): TaskError {
  const ran = observed.run?.kind !== 'ended' || observed.run.started !== false;
  const code = ran ? 'CDC_RUNNER_DIED' : 'CDC_LAUNCH_FAILED';
  return { code, message: reason, hint: ERROR_CODES[code].hint, atMs: observed.nowMs };
}

function retryLater(observed: Observed, reason: string, error: TaskError | null, abandon = false): Action {
  return { kind: 'retry-later', reason, error, health: healthOf(observed, false), abandon };
}

/** The wanted run has ended, or nobody knows it. `exitCode` 3 says failed for good, 0 drained, others try again. */
function decideEnded(observed: Observed, exitCode: number | null, reason: string): Action {
  const status = ownLease(observed)?.status ?? null;
  const error = status?.phase === 'failed' ? status.error : null;
  if (error !== null) {
    const forGood = exitCode === null ? !ERROR_CODES[error.code].retryable : exitCode === 3;
    return forGood ? { kind: 'fail', error } : retryLater(observed, reason, error);
  }
  if (!hasDrained(observed, exitCode)) return retryLater(observed, reason, died(observed, reason));
  const health = healthOf(observed, true);
  return { kind: 'retry-later', reason: 'the runner has drained', error: null, health, abandon: false };
}

/** The wanted run's process is there. */
function decideAlive(
  observed: Observed,
  runner: TaskRecord['run'] & object,
  kind: 'starting' | 'running',
): Action {
  const { task, nowMs } = observed;
  const own = ownLease(observed);
  const hang = (reason: string): Action => retryLater(observed, reason, died(observed, reason), true);
  if (own === null) {
    const allowedMs = kind === 'starting' ? PLATFORM_START_MS : LEASE_TAKEN_MS;
    const waitedMs = nowMs - runner.launchedAtMs;
    return waitedMs > allowedMs ? hang(`the runner did not start within ${allowedMs / 1000} s`) : NONE;
  }
  const phase = own.status?.phase ?? 'starting';
  if (hasLetGo(own)) {
    const saidAtMs = own.status?.atMs ?? runner.launchedAtMs;
    return nowMs - saidAtMs > EXIT_MS ? hang('the runner gave its lease up but does not exit') : NONE;
  }
  if (!isHeld(own.lease, nowMs)) {
    const lateMs = nowMs - own.lease.expiresAtMs;
    return lateMs > EXPIRED_GRACE_MS ? hang('the runner does not renew its lease') : NONE;
  }
  if (task.roll?.runId === runner.id) {
    return { kind: 'stop-run', reason: 'a newer revision of the runner replaces this run' };
  }
  const works = phase === 'streaming' || phase === 'retrying';
  if (works && task.state !== 'running') return { kind: 'mark-running' };
  const rolled = (task.roll ?? null) !== null && phase === 'streaming';
  return rolled && nowMs - runner.launchedAtMs >= HEALTHY_AFTER_MS ? { kind: 'end-roll' } : NONE;
}

function decideRunning(observed: Observed): Action {
  const { task, lease, run, nowMs } = observed;
  if (task.run === null) {
    if (task.state === 'failed') return NONE;
    if (isHeld(lease, nowMs)) {
      // The answer of the last launch may have got lost: repeated under its id, it gives the run's handle.
      const lost = runIdOf({ ...task, attempt: task.attempt + 1 });
      return lease?.owner === lost ? { kind: 'launch' } : NONE;
    }
    return task.nextLaunchAtMs !== null && nowMs < task.nextLaunchAtMs ? NONE : { kind: 'launch' };
  }
  if (task.run.generation < task.generation) return clearRun(observed, 'a newer start replaces this run');
  // written by an older version: a task fails without its run
  if (task.state === 'failed') return clearRun(observed, 'the task has failed');
  switch (run?.kind) {
    case 'starting':
    case 'running':
      return decideAlive(observed, task.run, run.kind);
    case 'ended': {
      const own = ownLease(observed);
      if (own !== null && isHeld(own.lease, nowMs)) {
        return { kind: 'revoke-lease', fencingToken: own.lease.fencingToken };
      }
      return decideEnded(observed, run.exitCode, run.reason);
    }
    case 'unknown': {
      // A launcher that was restarted does not know it; while it renews its lease it runs all the same.
      const own = ownLease(observed);
      if (own !== null && isHeld(own.lease, nowMs)) return decideAlive(observed, task.run, 'running');
      if (own === null && nowMs - task.run.launchedAtMs < LAUNCH_SEEN_MS) return NONE;
      return decideEnded(observed, null, 'the launcher does not know the run any more');
    }
    case undefined:
      return NONE;
    default:
      return unreachable(run);
  }
}

export function decide(observed: Observed): Action {
  const { desired } = observed.task;
  switch (desired) {
    case 'running':
      return decideRunning(observed);
    case 'stopped':
      return decideStopped(observed);
    case 'deleted':
      return endRun(observed, 'the task is being deleted') ?? { kind: 'finish-delete' };
    default:
      return unreachable(desired);
  }
}
