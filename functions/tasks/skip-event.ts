/** POST /v1/skip_event: one event that can not be delivered is left out, and the task goes on. */
import { CdcError } from '../../core/errors.ts';
import { type EventSkip, SKIPS_MAX } from '../../core/event-skip.ts';
import type { TaskRecord } from '../../core/task.ts';
import type { ServiceDeps } from '../deps.ts';
import { remember } from './change.ts';
import { change, existingTask, startedAnew } from './service.ts';

export interface SkipRequest {
  /** null: the event that the task stands before. */
  readonly eventId: string | null;
  readonly reason: string;
}

/** What the task itself says it stands before: a failed one, or one that tries again and again. */
async function eventAtHand(deps: ServiceDeps, task: TaskRecord): Promise<string> {
  const lease = await deps.stores.leases.load(task.taskId);
  const retrying = lease?.status?.phase === 'retrying' ? lease.status.error : null;
  const id = task.error?.event?.id ?? retrying?.event?.id;
  if (id !== undefined) return id;
  throw new CdcError('CDC_TASK_CONFLICT', `the task "${task.taskId}" does not stand before an event`, {
    hint: 'Name the event by event_id, as in its messages; an error that comes from an event shows it as error.event_id.',
  });
}

/**
 * Writes the skip into the task and its history, and starts a failed task anew; a running one takes it up within
 * seconds. Asked for twice it is the same. Returns the event's id. CDC_TASK_CONFLICT, CDC_TASK_NOT_FOUND.
 */
export async function skipEvent(deps: ServiceDeps, taskId: string, request: SkipRequest): Promise<string> {
  const before = await existingTask(deps, taskId);
  const id = request.eventId ?? (await eventAtHand(deps, before));
  const { reason } = request;
  let known = false;
  await change(deps, taskId, (task) => {
    const skips = task.skips ?? [];
    known = skips.some((skip) => skip.id === id);
    const skip: EventSkip = { id, reason, atMs: deps.clock.now() };
    const all = known ? skips : [...skips, skip].slice(-SKIPS_MAX);
    const failed = task.desired === 'running' && task.state === 'failed';
    if (known && !failed) return null;
    return { ...(failed ? startedAnew(task) : task), skips: all };
  });
  if (!known) {
    await remember(deps, taskId, 'event_skipped', `asked to leave out event ${id}: ${reason}`, {
      id,
      reason,
    });
  }
  await deps.nudge(taskId);
  return id;
}
