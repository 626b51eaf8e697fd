/** What a task of ECS says of the run that it is. DescribeTasks and state change events have the same fields. */
import type { RunTaskCommandInput, Task } from '@aws-sdk/client-ecs';
import type { LaunchRequest, RunObservation } from '../../core/launcher.ts';

const TAGS = { taskId: 'galaxy:task', generation: 'galaxy:generation', runId: 'galaxy:run' } as const;
const ENVIRONMENT = {
  taskId: 'GALAXY_TASK_ID',
  generation: 'GALAXY_GENERATION',
  runId: 'GALAXY_RUN_ID',
} as const;

/** Ids only: overrides and tags can be read by everybody who may describe tasks. */
export function identityInput(
  request: LaunchRequest,
  container: string,
): Pick<RunTaskCommandInput, 'overrides' | 'tags'> {
  const values = {
    taskId: request.taskId,
    generation: String(request.generation),
    runId: request.runId,
  };
  const names = ['taskId', 'generation', 'runId'] as const;
  return {
    overrides: {
      containerOverrides: [
        {
          name: container,
          environment: names.map((name) => ({ name: ENVIRONMENT[name], value: values[name] })),
        },
      ],
    },
    tags: names.map((name) => ({ key: TAGS[name], value: values[name] })),
  };
}

export type EcsTask = Pick<
  Task,
  | 'containers'
  | 'createdAt'
  | 'desiredStatus'
  | 'lastStatus'
  | 'overrides'
  | 'startedBy'
  | 'stopCode'
  | 'stoppedReason'
  | 'tags'
  | 'taskArn'
  | 'taskDefinitionArn'
>;

export interface RunIdentity {
  readonly taskId: string;
  readonly generation: number;
  readonly runId: string;
}

/** Which run it is; null where it does not say so. Tags may come late and are in no event: overrides are always there. */
export function identityOf(task: Pick<EcsTask, 'overrides' | 'tags'>, container: string): RunIdentity | null {
  const environment = task.overrides?.containerOverrides?.find(
    (item) => item.name === container,
  )?.environment;
  const value = (name: keyof typeof TAGS): string | undefined =>
    environment?.find((item) => item.name === ENVIRONMENT[name])?.value ??
    task.tags?.find((tag) => tag.key === TAGS[name])?.value;
  const [taskId, runId, generation] = [value('taskId'), value('runId'), Number(value('generation'))];
  if (taskId === undefined || runId === undefined || !Number.isSafeInteger(generation)) return null;
  return { taskId, generation, runId };
}

/** `family:revision` of an ARN, or of what names a definition; null where it names no revision. */
export function revisionOf(taskDefinition: string | undefined): string | null {
  const name = taskDefinition?.slice(taskDefinition.lastIndexOf('/') + 1) ?? '';
  return /^[^:]+:\d+$/.test(name) ? name : null;
}

function endOf(task: EcsTask, container: string): RunObservation {
  const own = task.containers?.find((item) => item.name === container);
  const reasons = [task.stoppedReason, own?.reason].filter((text) => text !== undefined && text !== '');
  return {
    kind: 'ended',
    exitCode: own?.exitCode ?? null,
    reason: reasons.length === 0 ? 'ECS ended it' : reasons.join('; '),
    ...(task.stopCode === 'TaskFailedToStart' ? { started: false } : {}),
  };
}

export function observationOf(task: EcsTask, container: string): RunObservation {
  switch (task.lastStatus) {
    case 'PROVISIONING':
    case 'PENDING':
    case 'ACTIVATING':
      return { kind: 'starting' };
    case 'STOPPED':
    case 'DELETED':
      return endOf(task, container);
    default:
      // RUNNING, and what lies between it and STOPPED: the process may still write.
      return { kind: 'running' };
  }
}
