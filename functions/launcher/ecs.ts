/** Runners as tasks of Amazon ECS. A handle is the task's ARN; overrides and tags hold ids only. */
import { createHash } from 'node:crypto';
import {
  DescribeTasksCommand,
  type DescribeTasksCommandOutput,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { CdcError } from '../../core/errors.ts';
import type { Launcher, LaunchRequest, RunHandle, RunObservation } from '../../core/launcher.ts';

/** What is used of ECSClient. */
export interface EcsApi {
  send(
    command: RunTaskCommand,
  ): Promise<{ tasks?: Task[]; failures?: { reason?: string; detail?: string }[] }>;
  send(command: DescribeTasksCommand): Promise<Pick<DescribeTasksCommandOutput, 'tasks' | 'failures'>>;
  send(command: StopTaskCommand): Promise<unknown>;
  send(command: ListTasksCommand): Promise<{ taskArns?: string[]; nextToken?: string }>;
}

export interface EcsLauncherOptions {
  readonly ecs: EcsApi;
  readonly cluster: string;
  /** Family, or family:revision. */
  readonly taskDefinition: string;
  /** The runner's container in it. */
  readonly container: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Marks the runs of this installation; letters, digits, `-`, `_`, `/`, at most 128. */
  readonly startedBy: string;
}

/** Of DescribeTasks and ListTasks. */
const BATCH = 100;
const REASON_LENGTH_MAX = 255;

const TAGS = { taskId: 'galaxy:task', generation: 'galaxy:generation', runId: 'galaxy:run' } as const;

/** At most 64 characters; one run, one token: a repeated RunTask answers with the task of the first. */
function clientToken(runId: string): string {
  return createHash('sha256').update(runId).digest('base64url');
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Errors by which ECS says that it has started nothing; after any other the runner may be there. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'BlockedException',
  'ClientException',
  'ClusterNotFoundException',
  'ConflictException',
  'InvalidParameterException',
  'LimitExceededException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'ThrottlingException',
  'UnsupportedFeatureException',
]);

function launchError(cause: unknown): CdcError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (REFUSALS.has(nameOf(cause))) {
    return new CdcError('CDC_LAUNCH_FAILED', `ECS refuses the runner: ${message}`, { cause });
  }
  return new CdcError('CDC_LAUNCH_UNKNOWN', `ECS did not answer the launch: ${message}`, { cause });
}

function observationOf(task: Task, container: string): RunObservation {
  switch (task.lastStatus) {
    case 'PROVISIONING':
    case 'PENDING':
    case 'ACTIVATING':
      return { kind: 'starting' };
    case 'STOPPED':
    case 'DELETED': {
      const own = task.containers?.find((item) => item.name === container);
      const reason = [task.stoppedReason, own?.reason].filter((text) => text !== undefined).join('; ');
      return {
        kind: 'ended',
        exitCode: own?.exitCode ?? null,
        reason: reason === '' ? 'ECS ended it' : reason,
      };
    }
    default:
      // RUNNING, and what lies between it and STOPPED: the process may still write.
      return { kind: 'running' };
  }
}

const tagOf = (task: Task, key: string): string | undefined =>
  task.tags?.find((tag) => tag.key === key)?.value;

export class EcsLauncher implements Launcher {
  readonly #options: EcsLauncherOptions;

  constructor(options: EcsLauncherOptions) {
    this.#options = options;
  }

  #runTask(request: LaunchRequest): RunTaskCommandInput {
    const { cluster, taskDefinition, container, subnets, securityGroups, startedBy } = this.#options;
    const generation = String(request.generation);
    return {
      cluster,
      taskDefinition,
      launchType: 'FARGATE',
      count: 1,
      clientToken: clientToken(request.runId),
      startedBy,
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...subnets],
          securityGroups: [...securityGroups],
          assignPublicIp: 'DISABLED',
        },
      },
      overrides: {
        containerOverrides: [
          {
            name: container,
            environment: [
              { name: 'GALAXY_TASK_ID', value: request.taskId },
              { name: 'GALAXY_GENERATION', value: generation },
              { name: 'GALAXY_RUN_ID', value: request.runId },
            ],
          },
        ],
      },
      tags: [
        { key: TAGS.taskId, value: request.taskId },
        { key: TAGS.generation, value: generation },
        { key: TAGS.runId, value: request.runId },
      ],
    };
  }

  async launch(request: LaunchRequest): Promise<RunHandle> {
    const answer = await this.#options.ecs
      .send(new RunTaskCommand(this.#runTask(request)))
      .catch((error: unknown) => {
        throw launchError(error);
      });
    const arn = answer.tasks?.[0]?.taskArn;
    if (arn !== undefined) return arn;
    // Answered with 200 and no task: no capacity, or a resource that is not to be had.
    const [failure] = answer.failures ?? [];
    const why = [failure?.reason, failure?.detail].filter((text) => text !== undefined).join(': ');
    throw new CdcError('CDC_LAUNCH_FAILED', `ECS started no runner: ${why === '' ? 'no reason given' : why}`);
  }

  async #describeTasks(arns: readonly string[]): Promise<Task[]> {
    const { ecs, cluster } = this.#options;
    const tasks: Task[] = [];
    for (let from = 0; from < arns.length; from += BATCH) {
      const batch = arns.slice(from, from + BATCH);
      const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks: batch, include: ['TAGS'] }));
      tasks.push(...(answer.tasks ?? []));
    }
    return tasks;
  }

  async describe(handles: readonly RunHandle[]): Promise<Map<RunHandle, RunObservation>> {
    const seen = new Map<RunHandle, RunObservation>(handles.map((handle) => [handle, { kind: 'unknown' }]));
    for (const task of await this.#describeTasks(handles)) {
      if (task.taskArn !== undefined) seen.set(task.taskArn, observationOf(task, this.#options.container));
    }
    return seen;
  }

  /** The task that this run was started for; null where ECS does not know it (any more), or it is not ours. */
  async taskOf(handle: RunHandle): Promise<string | null> {
    const [task] = await this.#describeTasks([handle]);
    if (task === undefined || task.startedBy !== this.#options.startedBy) return null;
    return tagOf(task, TAGS.taskId) ?? null;
  }

  async stop(handle: RunHandle, reason: string): Promise<void> {
    const { ecs, cluster } = this.#options;
    try {
      await ecs.send(
        new StopTaskCommand({ cluster, task: handle, reason: reason.slice(0, REASON_LENGTH_MAX) }),
      );
    } catch (error) {
      // ECS forgets a stopped task after an hour or so.
      if (nameOf(error) !== 'InvalidParameterException' && nameOf(error) !== 'ClientException') throw error;
      if (!/not found|missing/i.test(error instanceof Error ? error.message : '')) throw error;
    }
  }

  async listRuns(): Promise<readonly { handle: RunHandle; taskId: string; generation: number }[]> {
    const { ecs, cluster, startedBy } = this.#options;
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecs.send(
        new ListTasksCommand({ cluster, startedBy, ...(nextToken === undefined ? {} : { nextToken }) }),
      );
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    const tasks = await this.#describeTasks(arns);
    return tasks.flatMap((task) => {
      const taskId = tagOf(task, TAGS.taskId);
      const generation = Number(tagOf(task, TAGS.generation));
      if (task.taskArn === undefined || taskId === undefined || !Number.isSafeInteger(generation)) return [];
      return [{ handle: task.taskArn, taskId, generation }];
    });
  }

  /** The runs live on without this process. */
  async close(): Promise<void> {}
}
