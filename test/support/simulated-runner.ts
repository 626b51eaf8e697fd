/** What a runner does towards the stores: takes its lease, renews it, drains when asked, gives it up. No stream. */
import { toCdcError } from '../../core/errors.ts';
import type { Lease } from '../../core/lease.ts';
import type { Stores } from '../../functions/deps.ts';
import { runStatus } from './control-plane.ts';
import type { SimulatedTask } from './simulated-ecs.ts';
import type { VirtualTime } from './virtual-time.ts';

const TTL_MS = 10_000;
const RENEW_MS = 3_000;
const STOP_TIMEOUT_MS = 120_000;

export interface SimulatedRunnerOptions {
  readonly stores: Pick<Stores, 'tasks' | 'leases'>;
  readonly time: VirtualTime;
  /** The chance that it is killed at a renewal. */
  readonly killed: () => boolean;
  /** The chance that it hangs there, until ECS kills it behind its stopTimeout. */
  readonly hung: () => boolean;
  /** Holds the lease of its task from now on, or no more. */
  readonly onHold: (taskId: string, runId: string, holds: boolean) => void;
}

function idsOf(task: SimulatedTask): Record<string, string> {
  const environment = task.input.overrides?.containerOverrides?.[0]?.environment ?? [];
  return Object.fromEntries(environment.map(({ name = '', value = '' }) => [name, value]));
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** The exit code. */
export async function simulatedRunner(task: SimulatedTask, options: SimulatedRunnerOptions): Promise<number> {
  const { stores, time, killed, hung, onHold } = options;
  const { GALAXY_TASK_ID: taskId = '', GALAXY_RUN_ID: owner = '', GALAXY_GENERATION = '0' } = idsOf(task);
  const generation = Number(GALAXY_GENERATION);
  const request = () => ({ taskId, owner, generation, ttlMs: TTL_MS, nowMs: time.nowMs });
  await time.sleep(1_500);
  let lease: Lease | null = null;
  while (lease === null) {
    if (task.stop.signal.aborted) return 0;
    if (killed()) return 137;
    lease = await stores.leases.acquire(request());
    if (lease === null) await time.sleep(500);
  }
  onHold(taskId, owner, true);
  try {
    for (;;) {
      const wanted = await stores.tasks.get(taskId);
      const over = wanted === null || wanted.desired !== 'running' || wanted.generation > generation;
      if (over || task.stop.signal.aborted) {
        await time.sleep(2_000);
        onHold(taskId, owner, false);
        await stores.leases.release(lease, runStatus({ phase: 'stopped', atMs: time.nowMs }));
        return 0;
      }
      if (killed()) return 137;
      if (hung()) {
        // what it may write with an expired lease the checkpoint's token keeps out
        onHold(taskId, owner, false);
        await aborted(task.stop.signal);
        await time.sleep(STOP_TIMEOUT_MS);
        return 137;
      }
      lease = await stores.leases.renew(lease, runStatus({ atMs: time.nowMs }), TTL_MS, time.nowMs);
      await time.sleep(RENEW_MS);
    }
  } catch (error) {
    if (toCdcError(error).code !== 'CDC_LEASE_LOST') throw error;
    return 1;
  } finally {
    onHold(taskId, owner, false);
  }
}
