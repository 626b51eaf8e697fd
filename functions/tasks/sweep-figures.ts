/** What a sweep can tell of the tasks that it has seen. Pure. */
import type { Observed } from './decide.ts';

export interface SweepFigures {
  /** Wanted, and without the word of a runner for SILENT_AFTER_MS. */
  readonly silent: number;
  /** Of the task that is furthest behind its source; null where none tells. */
  readonly lagMaxSeconds: number | null;
  /** Until the first of the sources deletes a file that is still needed; null where none is in sight. */
  readonly purgeMinHours: number | null;
}

/** A start takes a minute or two: an image is pulled, a lease waited for. */
const SILENT_AFTER_MS = 180_000;

export const NO_FIGURES: SweepFigures = { silent: 0, lagMaxSeconds: null, purgeMinHours: null };

const most = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);
const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

function isSilent({ task, lease, nowMs }: Observed): boolean {
  if (task.desired !== 'running' || task.state === 'failed') return false;
  if (lease !== null && lease.expiresAtMs > nowMs) return false;
  // Not the last write of the task: one that is launched in vain again and again is written all the time.
  return nowMs - Math.max(lease?.status?.atMs ?? 0, task.createdAtMs) > SILENT_AFTER_MS;
}

/** What its run says while it holds the lease. */
function wordOf({ task, lease, nowMs }: Observed) {
  const own = lease !== null && lease.owner === task.run?.id && lease.expiresAtMs > nowMs;
  return own ? lease.status : null;
}

export function addFigures(figures: SweepFigures, observed: Observed): SweepFigures {
  const word = wordOf(observed);
  const lagSeconds = word?.lagMs == null ? null : word.lagMs / 1_000;
  const purgeHours = word?.purgeInMs == null ? null : Math.max(0, word.purgeInMs / 3_600_000);
  return {
    silent: figures.silent + Number(isSilent(observed)),
    lagMaxSeconds: most(figures.lagMaxSeconds, lagSeconds),
    purgeMinHours: least(figures.purgeMinHours, purgeHours),
  };
}
