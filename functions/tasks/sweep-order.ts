/** Which tasks a sweep looks at, and in which order. Pure. */
import { CdcError } from '../../core/errors.ts';
import { ACTIVE_STATES, type TaskState } from '../../core/task.ts';
import { partOf, TASK_PARTS } from '../../core/task-parts.ts';

/** One of `of` sweeps that share the tasks among them. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

export const ONLY_SHARD: Shard = { index: 0, of: 1 };

/** `{"shard": 0, "of": 4}`; anything without both is the one shard of all. CDC_CONFIG names what is wrong. */
export function parseShard(input: unknown): Shard {
  const { shard, of } = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  if (shard === undefined && of === undefined) return ONLY_SHARD;
  const whole = (value: unknown): value is number => Number.isSafeInteger(value);
  if (!whole(of) || of < 1 || of > TASK_PARTS) {
    throw new CdcError('CDC_CONFIG', `"of" of the schedule's input must be 1 to ${TASK_PARTS}, not ${of}`);
  }
  if (!whole(shard) || shard < 0 || shard >= of) {
    throw new CdcError('CDC_CONFIG', `"shard" of the schedule's input must be 0 to ${of - 1}, not ${shard}`);
  }
  return { index: shard, of };
}

/** The parts of the tasks (see partOf) that a shard looks after. */
export function partsOf({ index, of }: Shard): number[] {
  return Array.from({ length: TASK_PARTS }, (_item, part) => part).filter((part) => part % of === index);
}

const SWEEP_MS = 60_000;
const HOUR_MS = 3_600_000;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The ids from another place on each minute. By the golden section the places of any number of sweeps in a row lie
 * about evenly, so that sweeps which are all cut short after a part f of the tasks have seen every task after 2/f.
 */
export function rotated(ids: readonly string[], nowMs: number): string[] {
  const turn = Math.floor(nowMs / SWEEP_MS);
  const from = Math.floor(((turn * GOLDEN) % 1) * ids.length);
  return [...ids.slice(from), ...ids.slice(0, from)];
}

/**
 * Once an hour the tasks at rest are looked at as well. There should be nothing to do: it mends what a version of
 * other rules has left behind.
 */
export function statesToSweep(nowMs: number, full: boolean): readonly TaskState[] {
  return full || nowMs % HOUR_MS < SWEEP_MS ? [...ACTIVE_STATES, 'stopped', 'failed'] : ACTIVE_STATES;
}

export interface SweepOrder {
  /** Whose run is there, or was a moment ago. */
  readonly present: readonly string[];
  /** To be launched: at the pace that the platform allows. */
  readonly pending: readonly string[];
}

export function sweepOrder(
  byState: ReadonlyMap<TaskState, readonly string[]>,
  shard: Shard,
  nowMs: number,
): SweepOrder {
  const parts = new Set(partsOf(shard));
  const own = (ids: readonly string[]): string[] => ids.filter((taskId) => parts.has(partOf(taskId)));
  const pending = own(byState.get('pending') ?? []);
  // An index that lags may show a task that has just changed its state twice.
  const waiting = new Set(pending);
  const others = [...byState].filter(([state]) => state !== 'pending').flatMap(([, ids]) => own(ids));
  const present = [...new Set(others)].filter((taskId) => !waiting.has(taskId));
  return { present: rotated(present, nowMs), pending: rotated(pending, nowMs) };
}
