import { toCdcError } from '../../core/errors.ts';
import type { ReconcilerDeps } from '../deps.ts';
import type { ReadEvent } from '../launcher/ecs-events.ts';
import { reconcileTask } from './reconciler.ts';

/**
 * Looks at the task whose run has ended, if that is the run it has. Rejects only where a repetition may help (the store
 * does not answer): what is wrong with an event is in the log, and the event is gone. The sweep does what is left.
 */
export async function onTaskEvent(deps: ReconcilerDeps, event: ReadEvent): Promise<void> {
  switch (event.kind) {
    case 'none':
      return;
    case 'broken':
      deps.log.error('event_not_understood', { problem: event.problem });
      return;
    default:
      try {
        await reconcileTask(deps, event.taskId, event.seen);
      } catch (cause) {
        const { code, message, retryable } = toCdcError(cause);
        deps.log.error('reconcile_failed', { taskId: event.taskId, run: event.runId, code, message });
        if (retryable) throw cause;
      }
  }
}
