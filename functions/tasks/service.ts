/** The use cases of a task that exists. Each is one compare-and-set of what is wanted; the reconciler does the rest. */
import type { Checkpoint } from '../../core/checkpoint.ts';
import { CdcError, toCdcError } from '../../core/errors.ts';
import { type BinlogPosition, comparePositions, formatPosition } from '../../core/position.ts';
import type { FilterStart, FilterVersion, StartPoint, TableFilter, TaskRecord } from '../../core/task.ts';
import { resolveSecrets } from '../../core/task-secrets.ts';
import type { ServiceDeps } from '../deps.ts';
import type { WantedStart } from '../source-check/probes.ts';
import { changeTask, remember, taskNotFound } from './change.ts';
import { checkHosts, filterOf, takeStart } from './preflight.ts';

/** What filter changes that wait for the stream may hold together, as JSON: an item has a bound. */
const FILTERS_BYTES_MAX = 192 * 1024;
/** update_task answers when the stream follows the new filter, or after this. */
const FILTER_WAIT_MS = 8_000;
const POLL_MS = 100;
/** A set longer than this is not kept with a filter: after a failover the filter then counts at once. */
const GTID_SET_MAX = 8_192;

/** The task, unless it is being deleted: then it is gone for every caller. CDC_TASK_NOT_FOUND. */
export async function existingTask(deps: Pick<ServiceDeps, 'stores'>, taskId: string): Promise<TaskRecord> {
  const task = await deps.stores.tasks.get(taskId);
  if (task === null || task.desired === 'deleted') throw taskNotFound(taskId);
  return task;
}

export function change(
  deps: ServiceDeps,
  taskId: string,
  next: (task: TaskRecord) => TaskRecord | null,
): Promise<TaskRecord> {
  return changeTask(deps, taskId, (task) => {
    if (task.desired === 'deleted') throw taskNotFound(taskId);
    return next(task);
  });
}

/** Asks for a stop. A task that is stopped, or on its way there, is left as it is. */
export async function stopTask(deps: ServiceDeps, taskId: string): Promise<void> {
  let changed = false;
  await change(deps, taskId, (task) => {
    changed = task.desired !== 'stopped';
    if (!changed) return null;
    const state = task.run === null ? 'stopped' : 'stopping';
    return { ...task, desired: 'stopped', state, nextLaunchAtMs: null, roll: null };
  });
  if (!changed) return;
  await remember(deps, taskId, 'stop_requested', 'stop requested');
  await deps.nudge(taskId);
}

/** A start that is wanted anew: a new generation, with the backoff and the error of the last one forgotten. */
export function startedAnew(task: TaskRecord): TaskRecord {
  return {
    ...task,
    desired: 'running',
    state: 'pending',
    generation: task.generation + 1,
    attempt: 0,
    refusals: 0,
    failures: 0,
    nextLaunchAtMs: null,
    error: null,
  };
}

/** recovery_v1: goes on from the checkpoint. A task that runs goes on running; one that waits out a backoff tries now. */
export async function resumeTask(deps: ServiceDeps, taskId: string): Promise<void> {
  let changed = false;
  await change(deps, taskId, (task) => {
    changed = true;
    if (task.desired !== 'running' || task.state === 'failed') return startedAnew(task);
    changed = task.nextLaunchAtMs !== null;
    return changed ? { ...task, nextLaunchAtMs: null, failures: 0 } : null;
  });
  if (!changed) return;
  await remember(deps, taskId, 'resume_requested', 'resume requested; goes on from the checkpoint');
  await deps.nudge(taskId);
}

/** A jump: everything that was to come before it is dropped, and old filters have nothing left to count for. */
function jumpedTo(task: TaskRecord, at: StartPoint['at']): TaskRecord {
  const filters = task.filters.slice(-1).map((last): FilterVersion => ({ ...last, from: null }));
  return { ...task, start: { epoch: task.start.epoch + 1, at }, filters };
}

type Place = (BinlogPosition & { readonly gtidSet: string }) | null;

const brief = (at: Place) =>
  at === null ? null : { file: at.file, position: at.position, gtidSet: at.gtidSet };

const placeText = (at: Place): string => (at === null ? 'where the runner starts' : formatPosition(at));

/** Where the stream would have gone on. */
async function resumePointOf(deps: ServiceDeps, task: TaskRecord): Promise<Place> {
  const checkpoint = await deps.stores.checkpoints.load(task.taskId);
  return checkpoint?.startEpoch === task.start.epoch ? checkpoint : task.start.at;
}

/** recovery_v2: goes on from the source's latest position, as it is now; the history says what was dropped. */
export async function resumeAtLatest(deps: ServiceDeps, taskId: string): Promise<void> {
  const before = await existingTask(deps, taskId);
  const at = before.spec.check === 'runner' ? null : await startOf(deps, before, { kind: 'latest' });
  const from = await resumePointOf(deps, before);
  const { start } = await change(deps, taskId, (task) => startedAnew(jumpedTo(task, at)));
  const message = `resumed at the latest position: what lies between ${placeText(from)} and ${placeText(at)} was dropped`;
  const dropped = { from: brief(from), to: brief(at) };
  await remember(deps, taskId, 'position_jumped', message, { ...dropped, epoch: start.epoch });
  await deps.nudge(taskId);
}

async function startOf(deps: ServiceDeps, task: TaskRecord, wanted: WantedStart) {
  await checkHosts(deps, task.spec);
  const { mysql_config } = await resolveSecrets(task.spec, deps.stores.secrets);
  return takeStart(deps, mysql_config, wanted);
}

/** Moves the start of a stopped task to a place that the source has. CDC_TASK_CONFLICT unless it is stopped. */
export async function rewindTask(
  deps: ServiceDeps,
  taskId: string,
  wanted: WantedStart,
): Promise<TaskRecord> {
  const refuseUnlessStopped = (task: TaskRecord): void => {
    if (task.desired === 'stopped' && task.state === 'stopped') return;
    const hint =
      task.desired === 'stopped'
        ? 'Its runner is draining: try again in a few seconds.'
        : 'POST /v1/stop_task with "stop_type": "stop" first.';
    throw new CdcError('CDC_TASK_CONFLICT', `the task "${taskId}" is ${task.state}, not stopped`, { hint });
  };
  const before = await existingTask(deps, taskId);
  refuseUnlessStopped(before);
  const at = await startOf(deps, before, wanted);
  const from = await resumePointOf(deps, before);
  const after = await change(deps, taskId, (task) => {
    refuseUnlessStopped(task);
    return { ...jumpedTo(task, at), error: null };
  });
  const message = `rewound from ${placeText(from)} to ${placeText(at)}`;
  const jump = { from: brief(from), to: brief(at), epoch: after.start.epoch };
  await remember(deps, taskId, 'position_jumped', message, jump);
  return after;
}

export interface FilterUpdate {
  readonly version: number;
  readonly from: FilterStart | null;
  /** The stream follows it, or will from `from` on; false where no stream runs or it did not say so in time. */
  readonly followed: boolean;
}

/** Positions of two servers say nothing of each other. */
function isPassed(from: FilterStart, passed: Checkpoint | null): boolean {
  if (passed === null) return false;
  const same = from.serverUuid === undefined || from.serverUuid === passed.source.serverUuid;
  return same && comparePositions(from, passed) <= 0;
}

/** Adds a version, and drops those that the stream's durable position has passed or that never count. */
function withFilter(
  task: TaskRecord,
  filter: TableFilter,
  from: FilterStart | null,
  passed: Checkpoint | null,
): TaskRecord {
  const version = (task.filters.at(-1)?.version ?? 0) + 1;
  const { databases, tables, exclude } = filter;
  const lists = { database: [...databases], tables: [...tables], exclude_table: [...exclude] };
  const all = [...task.filters, { version, filter, from }];
  const filters = all.filter((own, index) => {
    const next = all[index + 1];
    if (next === undefined) return true;
    if (next.from === null || isPassed(next.from, passed)) return false;
    return (
      own.from === null ||
      own.from.serverUuid !== next.from.serverUuid ||
      comparePositions(next.from, own.from) > 0
    );
  });
  if (Buffer.byteLength(JSON.stringify(filters)) > FILTERS_BYTES_MAX) {
    throw new CdcError(
      'CDC_TASK_CONFLICT',
      `${filters.length} filter changes wait for the stream to reach them`,
      {
        hint: 'Let the stream catch up, then update the task again.',
      },
    );
  }
  return { ...task, spec: { ...task.spec, ...lists }, filters };
}

/**
 * Replaces the filter, without a restart: it counts from the source's position as it is now. Where the source
 * can't be asked it counts at once. Waits until the running stream says that it follows it.
 */
export async function updateFilter(
  deps: ServiceDeps,
  taskId: string,
  lists: Parameters<typeof filterOf>[0],
): Promise<FilterUpdate> {
  const before = await existingTask(deps, taskId);
  const filter = filterOf(lists);
  const [from, checkpoint] = await Promise.all([
    before.spec.check === 'runner' ? null : currentPosition(deps, before),
    deps.stores.checkpoints.load(taskId),
  ]);
  const passed = checkpoint?.startEpoch === before.start.epoch ? checkpoint : null;
  const task = await change(deps, taskId, (current) => withFilter(current, filter, from, passed));
  const version = task.filters.at(-1)?.version ?? 0;
  const where = from === null ? 'where the stream is' : formatPosition(from);
  await remember(deps, taskId, 'filter_changed', `filter changed from ${where} on`, {
    version,
    from,
    filter,
  });
  return { version, from, followed: await streamFollows(deps, task, version) };
}

async function currentPosition(deps: ServiceDeps, task: TaskRecord): Promise<FilterStart | null> {
  try {
    const { gtidSet, ...place } = await startOf(deps, task, { kind: 'latest' });
    return gtidSet === '' || gtidSet.length > GTID_SET_MAX ? place : { ...place, gtidSet };
  } catch (error) {
    deps.log.warn('position_unknown', { taskId: task.taskId, error: toCdcError(error).message });
    return null;
  }
}

async function streamFollows(deps: ServiceDeps, task: TaskRecord, version: number): Promise<boolean> {
  const untilMs = deps.clock.now() + FILTER_WAIT_MS;
  for (;;) {
    const lease = await deps.stores.leases.load(task.taskId);
    const nowMs = deps.clock.now();
    const streams = lease !== null && lease.expiresAtMs > nowMs && lease.status?.phase === 'streaming';
    if (!streams) return false;
    if ((lease.status?.filterVersion ?? 0) >= version) return true;
    if (nowMs >= untilMs) return false;
    await deps.sleep(POLL_MS);
  }
}

/** Wants the task gone. For callers it is gone at once; the reconciler removes it when its runner has let go. */
export async function deleteTask(deps: ServiceDeps, taskId: string): Promise<void> {
  // stopping whatever it was: the states that are at rest are not looked at
  await change(deps, taskId, (task) => {
    return { ...task, desired: 'deleted', state: 'stopping', nextLaunchAtMs: null, roll: null };
  });
  await remember(deps, taskId, 'delete_requested', 'delete requested');
  await deps.nudge(taskId);
}
