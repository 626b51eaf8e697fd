/**
 * Replaces runs that were started from an older revision, a few at a time: each is asked to drain and is launched anew.
 * The first one alone shows that the new revision streams; the next ones wait until all before them stream again, a
 * minute after their launch, and nothing more is replaced while one of them does not.
 */
import type { TaskRecord } from '../../core/task.ts';
import { partOf } from '../../core/task-parts.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { changeTask, remember } from './change.ts';
import type { Observed } from './decide.ts';
import { partsOf, type Shard } from './sweep-order.ts';

/** What of a task matters here. */
export interface RollView {
  readonly taskId: string;
  readonly runId: string | null;
  readonly revision: string | null;
  /** Asked to be replaced, and its next run has not shown yet that it streams. */
  readonly rolling: boolean;
  /** Its run, of the task's newest start, holds its lease and says that it streams without an error. */
  readonly streams: boolean;
}

export function rollViewOf({ task, lease, nowMs }: Observed): RollView {
  const { run } = task;
  const own = run !== null && lease?.owner === run.id && lease.expiresAtMs > nowMs ? lease.status : null;
  const wanted =
    task.desired === 'running' && task.state === 'running' && run?.generation === task.generation;
  return {
    taskId: task.taskId,
    runId: run?.id ?? null,
    revision: run?.revision ?? null,
    rolling: (task.roll ?? null) !== null,
    streams: wanted && own?.phase === 'streaming' && own.error === null && task.error === null,
  };
}

/** Task ids whose run is to be replaced now. Pure. */
export function planRoll(views: readonly RollView[], revision: string, atOnce: number): string[] {
  if (views.some((view) => view.rolling)) return [];
  const proven = views.some((view) => view.streams && view.revision === revision);
  return views
    .filter((view) => view.streams && view.revision !== revision)
    .map((view) => view.taskId)
    .sort()
    .slice(0, proven ? atOnce : Math.min(1, atOnce));
}

/** A task that failed for good after its run was replaced: it is at rest, and no sweep reads it. */
async function hasFailedRoll(deps: ReconcilerDeps, shard: Shard): Promise<boolean> {
  const parts = new Set(partsOf(shard));
  const failed = (await deps.stores.tasks.idsByState(['failed'])).get('failed') ?? [];
  const tasks = await deps.stores.tasks.getMany(failed.filter((taskId) => parts.has(partOf(taskId))));
  return tasks.some((task) => task.state === 'failed' && (task.roll ?? null) !== null);
}

async function replace(deps: ReconcilerDeps, view: RollView, revision: string): Promise<boolean> {
  const { taskId, runId } = view;
  let asked = false;
  const task = await changeTask(deps, taskId, (current): TaskRecord | null => {
    asked = current.desired === 'running' && current.state === 'running' && current.run?.id === runId;
    return asked ? { ...current, roll: { runId: runId ?? '', atMs: deps.clock.now() } } : null;
  });
  if (!asked || task.run === null) return false;
  const message = `the runner is replaced: ${view.revision ?? 'an unknown revision'} by ${revision}`;
  await remember(deps, taskId, 'run_replaced', message, { run: runId, from: view.revision, to: revision });
  deps.log.info('run_replaced', { taskId, run: runId, from: view.revision, to: revision });
  // If this is lost, the next sweep asks again: the task says that its run is to go.
  await deps.launcher.stop(task.run.handle, 'a newer revision of the runner replaces this run');
  return true;
}

/** The number of runs that were asked to drain. Of several shards each replaces its part of `atOnce`, and at least one. */
export async function rollRuns(
  deps: ReconcilerDeps,
  views: readonly RollView[],
  { shard, atOnce }: { readonly shard: Shard; readonly atOnce: number },
): Promise<number> {
  const { revision } = deps.launcher;
  if (revision === null || atOnce < 1) return 0;
  const chosen = new Set(planRoll(views, revision, Math.max(1, Math.floor(atOnce / shard.of))));
  if (chosen.size === 0 || (await hasFailedRoll(deps, shard))) return 0;
  let replaced = 0;
  for (const view of views) {
    if (chosen.has(view.taskId) && (await replace(deps, view, revision))) replaced += 1;
  }
  return replaced;
}
