/**
 * Carries out what decide.ts says. Every write is a compare-and-set: who comes second finds a conflict, leaves
 * the task alone and looks again at the next turn. One bad task never holds up the others.
 */
import { assert, unreachable } from '../../core/assert.ts';
import { backoffMs } from '../../core/backoff.ts';
import { CdcError, toCdcError } from '../../core/errors.ts';
import { type LaunchRequest, type RunHandle, type RunObservation, runIdOf } from '../../core/launcher.ts';
import { LEGAL_TRANSITIONS, type TaskRecord, type TaskState } from '../../core/task.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { changeTask, remember } from './change.ts';
import { type Action, decide, type Observed, type RunHealth } from './decide.ts';
import { finishDelete } from './finish-delete.ts';
import { forEachBounded } from './for-each-bounded.ts';
import { randomServerId } from './server-id.ts';

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };
/** Behind a run that came as far as streaming. */
const BACKOFF_STREAMED = { firstMs: 500, maxMs: 3_000 };
const PAGE_SIZE = 200;
const CONCURRENCY = 16;
/** Steps of one task in one turn; the longest way is revoke, retry-later, launch. */
const STEPS_MAX = 6;

/** What to look at after a step; null: enough for this turn. */
type Next = Observed | null;

async function write(deps: ReconcilerDeps, task: TaskRecord): Promise<TaskRecord> {
  return deps.stores.tasks.update({ ...task, updatedAtMs: deps.clock.now() });
}

async function moveTo(
  deps: ReconcilerDeps,
  observed: Observed,
  state: TaskState,
  message: string,
  fields: Partial<TaskRecord> = {},
): Promise<Observed> {
  const { task } = observed;
  assert(
    task.state === state || LEGAL_TRANSITIONS[task.state].includes(state),
    `${task.taskId} goes from ${task.state} to ${state}`,
  );
  const next = await write(deps, { ...task, ...fields, state });
  if (task.state !== state) {
    await remember(deps, task.taskId, 'state_changed', message, { from: task.state, to: state });
    deps.log.info('task_state', { taskId: task.taskId, from: task.state, to: state });
  }
  return { ...observed, task: next, run: next.run === null ? null : observed.run };
}

/** Records a launched run on whatever the task has become meanwhile, so that no runner is out of sight. */
async function recordRun(deps: ReconcilerDeps, request: LaunchRequest, handle: RunHandle): Promise<void> {
  const { taskId, generation, attempt, runId } = request;
  const run = { id: runId, handle, generation, launchedAtMs: deps.clock.now() };
  let recorded = false;
  await changeTask(deps, taskId, (task) => {
    recorded = true;
    if (task.run?.id === runId) return null;
    // Another launch, or another life of this id, is on record: this one is not wanted.
    recorded = task.run === null && runIdOf({ ...task, generation, attempt }) === runId;
    if (!recorded) return null;
    const wanted = task.desired === 'running' && task.generation === generation;
    if (!wanted) return { ...task, run };
    const state = LEGAL_TRANSITIONS[task.state].includes('starting') ? 'starting' : task.state;
    return { ...task, run, attempt, state, nextLaunchAtMs: null };
  }).catch((error: unknown) => {
    recorded = false;
    if (toCdcError(error).code !== 'CDC_TASK_NOT_FOUND') throw error;
  });
  if (recorded) {
    await remember(deps, taskId, 'launched', `runner launched, attempt ${attempt}`, {
      run: runId,
      generation,
    });
    return;
  }
  await deps.launcher.stop(handle, 'the task no longer wants this run');
}

async function launch(deps: ReconcilerDeps, observed: Observed): Promise<Next> {
  const { task } = observed;
  const attempt = task.attempt + 1;
  const { taskId, generation } = task;
  const request = { taskId, generation, attempt, runId: runIdOf({ ...task, attempt }) };
  let handle: RunHandle;
  try {
    handle = await deps.launcher.launch(request);
  } catch (cause) {
    const error = toCdcError(cause);
    const { code, message, hint } = error;
    await remember(deps, taskId, 'error', message, { code });
    const failure = { code, message, hint, atMs: deps.clock.now() };
    // A refusal uses the attempt up. After a lost answer the same id is tried again: the run may be there.
    const tried = code === 'CDC_LAUNCH_FAILED' ? { ...task, attempt } : task;
    await scheduleRetry(deps, { ...observed, task: tried }, message, failure, 'failed');
    return null;
  }
  await recordRun(deps, request, handle);
  return null;
}

async function scheduleRetry(
  deps: ReconcilerDeps,
  observed: Observed,
  reason: string,
  error: TaskRecord['error'],
  health: RunHealth,
): Promise<Observed> {
  const { task } = observed;
  const begins = health === 'healthy' || health === 'drained';
  const failures = begins ? Number(health === 'healthy') : task.failures + 1;
  const backoff = health === 'streamed' ? BACKOFF_STREAMED : BACKOFF;
  const delayMs = failures === 0 ? 0 : backoffMs(failures, backoff, deps.random);
  // Another replica has this id: waiting does not help as long as it lives, another id does.
  const serverId = error?.code === 'CDC_SERVER_ID_TAKEN' ? randomServerId(deps.random) : task.serverId;
  const nextLaunchAtMs = deps.clock.now() + delayMs;
  const fields = { run: null, failures, nextLaunchAtMs, error, serverId };
  const when = delayMs === 0 ? 'at once' : `in ${delayMs} ms`;
  return moveTo(deps, observed, 'pending', `${reason}; next launch ${when}`, fields);
}

async function runEnded(deps: ReconcilerDeps, observed: Observed, reason: string): Promise<void> {
  const { run, taskId } = observed.task;
  if (run === null) return;
  const exitCode = observed.run?.kind === 'ended' ? observed.run.exitCode : null;
  await remember(deps, taskId, 'run_ended', reason, { run: run.id, generation: run.generation, exitCode });
  deps.log.info('run_ended', { taskId, run: run.id, exitCode, reason });
}

async function execute(deps: ReconcilerDeps, observed: Observed, action: Action): Promise<Next> {
  const { task, lease } = observed;
  switch (action.kind) {
    case 'none':
      return null;
    case 'launch':
      return launch(deps, observed);
    case 'stop-run':
      if (task.run !== null) await deps.launcher.stop(task.run.handle, action.reason);
      return null;
    case 'revoke-lease':
      await deps.stores.leases.revoke(task.taskId, action.fencingToken);
      return { ...observed, lease: lease === null ? null : { ...lease, expiresAtMs: 0 } };
    case 'mark-running':
      return moveTo(deps, observed, 'running', 'the runner streams', { error: null });
    case 'mark-stopping':
      return moveTo(deps, observed, 'stopping', 'waiting for the runner to drain');
    case 'mark-stopped':
      await runEnded(deps, observed, action.reason);
      return moveTo(deps, observed, 'stopped', action.reason, { run: null, nextLaunchAtMs: null });
    case 'forget-run':
      await runEnded(deps, observed, action.reason);
      return { ...observed, task: await write(deps, { ...task, run: null }), run: null };
    case 'retry-later':
      if (action.abandon && task.run !== null) await deps.launcher.stop(task.run.handle, action.reason);
      await runEnded(deps, observed, action.reason);
      return scheduleRetry(deps, observed, action.reason, action.error, action.health);
    case 'fail': {
      const { code, message } = action.error;
      await remember(deps, task.taskId, 'error', message, { code });
      return moveTo(deps, observed, 'failed', message, { error: action.error, nextLaunchAtMs: null });
    }
    case 'finish-delete':
      await finishDelete(deps, task);
      return null;
    default:
      return unreachable(action);
  }
}

async function reconcileObserved(deps: ReconcilerDeps, first: Observed): Promise<void> {
  let observed: Next = first;
  try {
    for (let step = 0; observed !== null && step < STEPS_MAX; step += 1) {
      observed = await execute(deps, observed, decide(observed));
    }
  } catch (cause) {
    const error = toCdcError(cause);
    if (error.code === 'CDC_VERSION_CONFLICT' || error.code === 'CDC_TASK_NOT_FOUND') return;
    throw error;
  }
}

const handlesOf = (tasks: readonly TaskRecord[]): RunHandle[] =>
  tasks.flatMap((task) => (task.run === null ? [] : [task.run.handle]));

function observe(
  task: TaskRecord,
  leases: Awaited<ReturnType<ReconcilerDeps['stores']['leases']['loadMany']>>,
  runs: ReadonlyMap<RunHandle, RunObservation>,
  nowMs: number,
): Observed {
  const run = task.run === null ? null : (runs.get(task.run.handle) ?? null);
  return { task, lease: leases.get(task.taskId) ?? null, run, nowMs };
}

/** One task, now. No task of that id is no error. */
export async function reconcileTask(deps: ReconcilerDeps, taskId: string): Promise<void> {
  const task = await deps.stores.tasks.get(taskId);
  if (task === null) return;
  const [leases, runs] = await Promise.all([
    deps.stores.leases.loadMany([taskId]),
    deps.launcher.describe(handlesOf([task])),
  ]);
  await reconcileObserved(deps, observe(task, leases, runs, deps.clock.now()));
}

/** Is this run, which was on no record a moment ago, one that nobody wants any more? */
function isOrphan(task: TaskRecord | null, handle: RunHandle, generation: number): boolean {
  if (task === null) return true;
  if (task.run !== null) return task.run.handle !== handle;
  // It may be in the middle of its launch, unless the time for that is over.
  return task.desired !== 'running' || generation < task.generation;
}

/** Stops runs that no task knows: their launch was answered to nobody, or their task is gone. */
async function stopOrphans(deps: ReconcilerDeps, known: ReadonlySet<RunHandle>): Promise<void> {
  const strangers = (await deps.launcher.listRuns()).filter((run) => !known.has(run.handle));
  await forEachBounded(strangers, CONCURRENCY, async ({ handle, taskId, generation }) => {
    if (!isOrphan(await deps.stores.tasks.get(taskId), handle, generation)) return;
    deps.log.warn('orphan_stopped', { taskId, generation });
    await deps.launcher.stop(handle, 'no task knows this run');
  });
}

/** All tasks, page by page. Rejects only where the stores or the launcher do not answer at all. */
export async function reconcileAll(deps: ReconcilerDeps): Promise<void> {
  const known = new Set<RunHandle>();
  let cursor: string | undefined;
  do {
    const page = await deps.stores.tasks.list({
      limit: PAGE_SIZE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const handles = handlesOf(page.tasks);
    for (const handle of handles) known.add(handle);
    const [leases, runs] = await Promise.all([
      deps.stores.leases.loadMany(page.tasks.map((task) => task.taskId)),
      deps.launcher.describe(handles),
    ]);
    const nowMs = deps.clock.now();
    await forEachBounded(page.tasks, CONCURRENCY, async (task) => {
      try {
        await reconcileObserved(deps, observe(task, leases, runs, nowMs));
      } catch (error) {
        const { code, message } = error instanceof CdcError ? error : toCdcError(error);
        deps.log.error('reconcile_failed', { taskId: task.taskId, code, message });
      }
    });
    cursor = page.cursor;
  } while (cursor !== undefined);
  await stopOrphans(deps, known);
}
