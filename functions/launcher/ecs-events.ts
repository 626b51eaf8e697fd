/**
 * "ECS Task State Change" events:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 * They come late, twice, in any order, and from everything else in the account. Only STOPPED counts here: it is final,
 * so it can be believed whenever it comes. What lies before it a lease tells better.
 */
import type { SeenRun } from '../tasks/reconciler.ts';
import { type EcsTask, identityOf, observationOf } from './ecs-task.ts';

export interface EventScope {
  /** Name or ARN. */
  readonly cluster: string;
  readonly container: string;
  readonly isOwn: (task: { readonly startedBy?: string | undefined }) => boolean;
}

export type ReadEvent =
  | { readonly kind: 'ended'; readonly taskId: string; readonly runId: string; readonly seen: SeenRun }
  /** Another's, or of a run that goes on. */
  | { readonly kind: 'none' }
  /** Looks like one of ours, and says nothing that can be used. */
  | { readonly kind: 'broken'; readonly problem: string };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

export function readTaskEvent(event: unknown, scope: EventScope): ReadEvent {
  if (!isObject(event) || event.source !== 'aws.ecs' || event['detail-type'] !== 'ECS Task State Change') {
    return { kind: 'broken', problem: 'not an ECS Task State Change' };
  }
  const { detail } = event;
  if (!isObject(detail)) return { kind: 'broken', problem: 'it has no detail' };
  const { clusterArn, taskArn, startedBy, lastStatus } = detail;
  if (typeof clusterArn !== 'string' || lastPart(clusterArn) !== lastPart(scope.cluster))
    return { kind: 'none' };
  if (typeof startedBy !== 'string' || !scope.isOwn({ startedBy })) return { kind: 'none' };
  if (lastStatus !== 'STOPPED') return { kind: 'none' };
  if (typeof taskArn !== 'string') return { kind: 'broken', problem: 'it has no taskArn' };
  try {
    // The fields are those of DescribeTasks; only texts and numbers are read of them.
    const task = detail as EcsTask;
    const identity = identityOf(task, scope.container);
    if (identity === null) return { kind: 'broken', problem: `${taskArn} does not say which run it is` };
    const { taskId, runId } = identity;
    return {
      kind: 'ended',
      taskId,
      runId,
      seen: { handle: taskArn, observation: observationOf(task, scope.container) },
    };
  } catch (error) {
    return { kind: 'broken', problem: error instanceof Error ? error.message : String(error) };
  }
}
