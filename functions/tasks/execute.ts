/**
 * Carries out what decide.ts says, one action at a time. Every write is a compare-and-set: who comes second finds a
 * conflict and leaves the task alone.
 */
import { assert, unreachable } from '../../core/assert.ts';
import { backoffMs } from '../../core/backoff.ts';
import { type CdcError, toCdcError } from '../../core/errors.ts';
import { type LaunchedRun, type LaunchRequest, runIdOf } from '../../core/launcher.ts';
import { RUN_DIED_EVENT } from '../../core/metric-names.ts';
import { LEGAL_TRANSITIONS, type TaskError, type TaskRecord, type TaskState } from '../../core/task.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { changeTask, remember } from './change.ts';
import type { Action, Observed, RunHealth } from './decide.ts';
import { finishDelete } from './finish-delete.ts';
import { serverIdFor } from './server-id.ts';

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };
/** Behind a run that came as far as streaming. */
const BACKOFF_STREAMED = { firstMs: 500, maxMs: 3_000 };
/** Behind one that was killed before: perhaps it will be again, perhaps its machine was busy. */
const BACKOFF_KILLED = { firstMs: 1_000, maxMs: 10_000 };
/** Where the platform takes no more launches: the next one is tried when others have had their turn. */
const BACKOFF_LIMITED = { firstMs: 10_000, maxMs: 10_000 };

export interface Step {
  /** The task as it stands after the action. */
  readonly observed: Observed;
  /** Is there perhaps more to do at once? */
  readonly again: boolean;
}

async function write(deps: ReconcilerDeps, task: TaskRecord, from: TaskState): Promise<TaskRecord> {
  return deps.stores.tasks.update({ ...task, updatedAtMs: deps.clock.now() }, from);
}

async function moveTo(
  deps: ReconcilerDeps,
  observed: Observed,
  state: TaskState,
  message: string,
  fields: Partial<TaskRecord> = {},
  /** What else the history says, once the write has succeeded: of several reconcilers one tells it. */
  tell: () => Promise<void> = async () => undefined,
): Promise<Observed> {
  const { task } = observed;
  assert(
    task.state === state || LEGAL_TRANSITIONS[task.state].includes(state),
    `${task.taskId} goes from ${task.state} to ${state}`,
  );
  const next = await write(deps, { ...task, ...fields, state }, task.state);
  await tell();
  if (task.state !== state) {
    await remember(deps, task.taskId, 'state_changed', message, { from: task.state, to: state });
    deps.log.info('task_state', { taskId: task.taskId, from: task.state, to: state });
  }
  return { ...observed, task: next, run: next.run === null ? null : observed.run };
}

/** The task with this run on record; null where it is on another's record or none, and has to be stopped. */
function withRun(
  task: TaskRecord,
  request: LaunchRequest,
  launched: LaunchedRun,
  nowMs: number,
): TaskRecord | null {
  const { generation, attempt, runId } = request;
  const { handle, revision } = launched;
  // Another launch, or another life of this id, is on record.
  if (task.run !== null || runIdOf({ ...task, generation, attempt }) !== runId) return null;
  const run = { id: runId, handle, generation, launchedAtMs: nowMs, revision };
  if (task.desired !== 'running') return { ...task, run, state: 'stopping' };
  if (task.generation === generation) {
    const state = LEGAL_TRANSITIONS[task.state].includes('starting') ? 'starting' : task.state;
    return { ...task, run, attempt, state, nextLaunchAtMs: null };
  }
  // A newer start ends it by its record; one that has failed already is at rest, and stays so.
  return task.state === 'failed' ? null : { ...task, run };
}

/** Records a launched run on whatever the task has become meanwhile, so that no runner is out of sight. */
async function recordRun(
  deps: ReconcilerDeps,
  request: LaunchRequest,
  launched: LaunchedRun,
  before: TaskRecord,
): Promise<TaskRecord | null> {
  const { taskId, generation, attempt, runId } = request;
  const { handle, revision } = launched;
  const recorded: { byThis: boolean } = { byThis: false };
  const change = (current: TaskRecord): TaskRecord | null => {
    const known = current.run?.id === runId && current.run.handle === handle;
    const next = known ? null : withRun(current, request, launched, deps.clock.now());
    recorded.byThis = next !== null;
    return next;
  };
  const task = await changeTask(deps, taskId, change, before).catch((error: unknown) => {
    if (toCdcError(error).code !== 'CDC_TASK_NOT_FOUND') throw error;
    return null;
  });
  if (task?.run?.handle !== handle) {
    await deps.launcher.stop(handle, 'the task no longer wants this run');
  } else if (recorded.byThis) {
    const details = { run: runId, generation, ...(revision === null ? {} : { revision }) };
    await remember(deps, taskId, 'launched', `runner launched, attempt ${attempt}`, details);
  }
  return task;
}

/** The platform only asks to be asked later: neither an attempt nor a failure of this task. */
async function putOff(
  deps: ReconcilerDeps,
  observed: Observed,
  error: TaskError,
  tell: () => Promise<void>,
): Promise<Observed> {
  const nextLaunchAtMs = deps.clock.now() + backoffMs(1, BACKOFF_LIMITED, deps.random);
  return moveTo(deps, observed, 'pending', error.message, { error, nextLaunchAtMs }, tell);
}

async function launchRefused(deps: ReconcilerDeps, observed: Observed, cause: CdcError): Promise<Observed> {
  const { task } = observed;
  const { code, message, hint } = cause;
  const failure = { code, message, hint, atMs: deps.clock.now() };
  // Said once, and not at each try while it stays so.
  const tell = async (): Promise<void> => {
    if (task.error?.message !== message) await remember(deps, task.taskId, 'error', message, { code });
  };
  if (code === 'CDC_LAUNCH_LIMITED') return putOff(deps, observed, failure, tell);
  // A refusal uses the attempt up. After a lost answer the same id is tried again: the run may be there.
  const refused = code === 'CDC_LAUNCH_FAILED';
  const used = { attempt: task.attempt + 1, refusals: (task.refusals ?? 0) + 1 };
  const tried = refused ? { ...task, ...used } : task;
  return scheduleRetry(deps, { ...observed, task: tried }, message, failure, 'failed', tell);
}

async function launch(deps: ReconcilerDeps, observed: Observed): Promise<Observed> {
  const { taskId, generation, createdAtMs } = observed.task;
  const attempt = observed.task.attempt + 1;
  const request = {
    taskId,
    generation,
    attempt,
    runId: runIdOf({ taskId, createdAtMs, generation, attempt }),
  };
  let launched: LaunchedRun;
  try {
    launched = await deps.launcher.launch(request);
  } catch (cause) {
    return launchRefused(deps, observed, toCdcError(cause));
  }
  const task = await recordRun(deps, request, launched, observed.task);
  return task === null ? observed : { ...observed, task };
}

async function scheduleRetry(
  deps: ReconcilerDeps,
  observed: Observed,
  reason: string,
  error: TaskRecord['error'],
  health: RunHealth,
  tell: () => Promise<void>,
): Promise<Observed> {
  const { task } = observed;
  const begins = health === 'healthy' || health === 'drained';
  const failures = begins ? Number(health === 'healthy') : task.failures + 1;
  const backoff = health === 'streamed' ? BACKOFF_STREAMED : health === 'killed' ? BACKOFF_KILLED : BACKOFF;
  const delayMs = failures === 0 ? 0 : backoffMs(failures, backoff, deps.random);
  // Another replica has this id: waiting does not help as long as it lives, another id does.
  const serverId =
    error?.code === 'CDC_SERVER_ID_TAKEN' ? serverIdFor(task.taskId, deps.random) : task.serverId;
  const nextLaunchAtMs = deps.clock.now() + delayMs;
  const fields = { run: null, failures, nextLaunchAtMs, error, serverId };
  const when = delayMs === 0 ? 'at once' : `in ${delayMs} ms`;
  return moveTo(deps, observed, 'pending', `${reason}; next launch ${when}`, fields, tell);
}

async function runEnded(deps: ReconcilerDeps, observed: Observed, reason: string): Promise<void> {
  const { run, taskId } = observed.task;
  if (run === null) return;
  const exitCode = observed.run?.kind === 'ended' ? observed.run.exitCode : null;
  await remember(deps, taskId, 'run_ended', reason, { run: run.id, generation: run.generation, exitCode });
  deps.log.info('run_ended', { taskId, run: run.id, exitCode, reason });
}

/** The deployment makes an alarm of it. A run that was told to end, or that asked for a person, is another matter. */
function runDied(deps: ReconcilerDeps, { task }: Observed, reason: string): void {
  deps.log.warn(RUN_DIED_EVENT, { taskId: task.taskId, run: task.run?.id ?? null, reason });
}

async function fail(deps: ReconcilerDeps, observed: Observed, error: TaskError): Promise<Observed> {
  const { code, message } = error;
  const fields = { error, run: null, nextLaunchAtMs: null };
  return moveTo(deps, observed, 'failed', message, fields, async () => {
    await runEnded(deps, observed, message);
    await remember(deps, observed.task.taskId, 'error', message, { code });
  });
}

async function retryLater(
  deps: ReconcilerDeps,
  observed: Observed,
  { reason, error, health, abandon }: Action & { readonly kind: 'retry-later' },
): Promise<Observed> {
  const { run } = observed.task;
  if (abandon && run !== null) await deps.launcher.stop(run.handle, reason);
  return scheduleRetry(deps, observed, reason, error, health, async () => {
    await runEnded(deps, observed, reason);
    if (health !== 'drained') runDied(deps, observed, reason);
  });
}

async function markStopped(deps: ReconcilerDeps, observed: Observed, reason: string): Promise<Observed> {
  const fields = { run: null, nextLaunchAtMs: null };
  return moveTo(deps, observed, 'stopped', reason, fields, () => runEnded(deps, observed, reason));
}

async function forgetRun(deps: ReconcilerDeps, observed: Observed, reason: string): Promise<Observed> {
  const task = await write(deps, { ...observed.task, run: null }, observed.task.state);
  await runEnded(deps, observed, reason);
  return { ...observed, task, run: null };
}

const last = (observed: Observed): Step => ({ observed, again: false });
const more = (observed: Observed): Step => ({ observed, again: true });

/** null: the task is gone. */
export async function execute(
  deps: ReconcilerDeps,
  observed: Observed,
  action: Action,
): Promise<Step | null> {
  const { task, lease } = observed;
  switch (action.kind) {
    case 'none':
      return last(observed);
    case 'launch':
      return last(await launch(deps, observed));
    case 'stop-run':
      if (task.run !== null) await deps.launcher.stop(task.run.handle, action.reason);
      return last(observed);
    case 'revoke-lease':
      await deps.stores.leases.revoke(task.taskId, action.fencingToken);
      return more({ ...observed, lease: lease === null ? null : { ...lease, expiresAtMs: 0 } });
    case 'mark-running':
      return more(await moveTo(deps, observed, 'running', 'the runner streams', { error: null }));
    case 'end-roll':
      return last({ ...observed, task: await write(deps, { ...task, roll: null }, task.state) });
    case 'mark-stopping':
      return more(await moveTo(deps, observed, 'stopping', 'waiting for the runner to drain'));
    case 'mark-stopped':
      return more(await markStopped(deps, observed, action.reason));
    case 'forget-run':
      return more(await forgetRun(deps, observed, action.reason));
    case 'retry-later':
      return more(await retryLater(deps, observed, action));
    case 'fail':
      return more(await fail(deps, observed, action.error));
    case 'finish-delete':
      await finishDelete(deps, task);
      return null;
    default:
      return unreachable(action);
  }
}
