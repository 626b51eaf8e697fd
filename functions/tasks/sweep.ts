/**
 * Looks at every task that there may be something to do for, each once: whatever events got lost, this finds it.
 * Tasks that are stopped or have failed are not read at all (see ACTIVE_STATES).
 */
import { toCdcError } from '../../core/errors.ts';
import type { RunHandle, RunObservation } from '../../core/launcher.ts';
import type { Lease } from '../../core/lease.ts';
import type { TaskRecord } from '../../core/task.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { forEachBounded } from '../for-each-bounded.ts';
import { reconcileObserved } from './reconciler.ts';
import { type RollView, rollRuns, rollViewOf } from './roll.ts';
import { stopStrays } from './strays.ts';
import { addFigures, NO_FIGURES, type SweepFigures } from './sweep-figures.ts';
import { ONLY_SHARD, partsOf, type Shard, statesToSweep, sweepOrder } from './sweep-order.ts';

export interface SweepOptions {
  readonly shard: Shard;
  /**
   * Does a run that renews its lease count as alive, without asking its platform? Then only the others cost calls, and
   * a run that ended unseen is found when its lease is over.
   */
  readonly trustLeases: boolean;
  /** Begins nothing new afterwards; by the clock. */
  readonly untilMs: number;
  /** Runs of an older revision that may be replaced at a time. */
  readonly rollAtOnce: number;
  /** Also the tasks at rest; see statesToSweep. */
  readonly full?: boolean;
}

/** All tasks, for a platform that is asked for nothing. */
export const WHOLE_SWEEP: SweepOptions = {
  shard: ONLY_SHARD,
  trustLeases: false,
  untilMs: Number.POSITIVE_INFINITY,
  rollAtOnce: 0,
};

export interface SweepReport extends SweepFigures {
  /** Tasks of this shard that may have something to do. */
  readonly tasks: number;
  readonly looked: number;
  /** Not looked at for want of time; the next sweep begins at another place. */
  readonly left: number;
  /** Runs that the platform was asked about. */
  readonly described: number;
  readonly errors: number;
  readonly strays: number;
  readonly replaced: number;
  readonly ms: number;
}

/** As many as a batch of each store and platform holds. */
const CHUNK = 100;
const CHUNKS_AT_ONCE = 4;
const TASKS_AT_ONCE = 16;
/** Launches wait for their turn: read shortly before it, so that they are still wanted. */
const LAUNCH_CHUNK = 64;
const LAUNCHES_AT_ONCE = 32;

class Sweep {
  readonly #deps: ReconcilerDeps;
  readonly #options: SweepOptions;
  readonly known = new Set<RunHandle>();
  readonly views: RollView[] = [];
  figures: SweepFigures = NO_FIGURES;
  looked = 0;
  left = 0;
  described = 0;
  errors = 0;

  constructor(deps: ReconcilerDeps, options: SweepOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async lane(
    ids: readonly string[],
    chunk: number,
    chunksAtOnce: number,
    tasksAtOnce: number,
  ): Promise<void> {
    const chunks = Array.from({ length: Math.ceil(ids.length / chunk) }, (_item, i) =>
      ids.slice(i * chunk, (i + 1) * chunk),
    );
    await forEachBounded(chunks, chunksAtOnce, async (some) => {
      if (this.#isOver()) this.left += some.length;
      else await this.#lookAt(some, tasksAtOnce);
    });
  }

  #isOver(): boolean {
    return this.#deps.clock.now() >= this.#options.untilMs;
  }

  async #lookAt(taskIds: readonly string[], tasksAtOnce: number): Promise<void> {
    const { stores, clock } = this.#deps;
    const [tasks, leases] = await Promise.all([
      stores.tasks.getMany(taskIds),
      stores.leases.loadMany(taskIds),
    ]);
    const runs = await this.#observe(tasks, leases);
    // An index that lags shows tasks that are gone.
    this.looked += taskIds.length - tasks.length;
    await forEachBounded(tasks, tasksAtOnce, async (task) => {
      // Launches that a platform is slow to answer may take longer than there is time.
      if (task.state === 'pending' && this.#isOver()) {
        this.left += 1;
        return;
      }
      this.looked += 1;
      const lease = leases.get(task.taskId) ?? null;
      const run = task.run === null ? null : (runs.get(task.run.handle) ?? null);
      if (task.run !== null) this.known.add(task.run.handle);
      await this.#reconcile({ task, lease, run, nowMs: clock.now() });
    });
  }

  /** One bad task never holds up the others. */
  async #reconcile(observed: Parameters<typeof reconcileObserved>[1]): Promise<void> {
    try {
      const after = await reconcileObserved(this.#deps, observed);
      if (after === null) return;
      if (after.task.run !== null) this.known.add(after.task.run.handle);
      this.views.push(rollViewOf(after));
      this.figures = addFigures(this.figures, after);
    } catch (cause) {
      this.#failed(cause, { taskId: observed.task.taskId });
    }
  }

  #failed(cause: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
    const { code, message } = toCdcError(cause);
    this.errors += 1;
    this.#deps.log.error('reconcile_failed', { ...fields, code, message });
  }

  async #observe(
    tasks: readonly TaskRecord[],
    leases: ReadonlyMap<string, Lease>,
  ): Promise<Map<RunHandle, RunObservation>> {
    const seen = new Map<RunHandle, RunObservation>();
    const doubtful: RunHandle[] = [];
    const nowMs = this.#deps.clock.now();
    for (const { taskId, run } of tasks) {
      if (run === null) continue;
      const lease = leases.get(taskId);
      const renewed = lease?.owner === run.id && lease.expiresAtMs > nowMs;
      if (renewed && this.#options.trustLeases) seen.set(run.handle, { kind: 'running' });
      else doubtful.push(run.handle);
    }
    if (doubtful.length === 0) return seen;
    this.described += doubtful.length;
    try {
      return new Map([...seen, ...(await this.#deps.launcher.describe(doubtful))]);
    } catch (cause) {
      // Those tasks wait for the next sweep, the others do not.
      this.#failed(cause);
      return seen;
    }
  }

  /** What follows from having seen all tasks; each of it can wait for the next sweep. */
  async attempt(work: () => Promise<number>): Promise<number> {
    if (this.left > 0 || this.#isOver()) return 0;
    try {
      return await work();
    } catch (cause) {
      this.#failed(cause);
      return 0;
    }
  }
}

/** Rejects only where the store does not answer at all. */
export async function sweep(deps: ReconcilerDeps, options: SweepOptions): Promise<SweepReport> {
  const { shard, rollAtOnce } = options;
  const beganMs = deps.clock.now();
  const states = statesToSweep(beganMs, options.full ?? false);
  const { present, pending } = sweepOrder(await deps.stores.tasks.idsByState(states), shard, beganMs);
  const run = new Sweep(deps, options);
  await Promise.all([
    run.lane(present, CHUNK, CHUNKS_AT_ONCE, TASKS_AT_ONCE),
    run.lane(pending, LAUNCH_CHUNK, 1, LAUNCHES_AT_ONCE),
  ]);
  const strays = await run.attempt(() => stopStrays(deps, run.known, partsOf(shard)));
  const replaced = await run.attempt(() => rollRuns(deps, run.views, { shard, atOnce: rollAtOnce }));
  const { looked, left, described, errors, figures } = run;
  const tasks = present.length + pending.length;
  const ms = deps.clock.now() - beganMs;
  return { tasks, looked, left, described, errors, strays, replaced, ...figures, ms };
}
