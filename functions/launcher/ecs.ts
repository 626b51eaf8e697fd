/** Runners as tasks of Amazon ECS. A handle is the task's ARN. */
import { createHash } from 'node:crypto';
import {
  DescribeTasksCommand,
  type Failure,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { CdcError } from '../../core/errors.ts';
import type {
  LaunchedRun,
  Launcher,
  LaunchRequest,
  Parts,
  RunHandle,
  RunObservation,
  StrayRun,
} from '../../core/launcher.ts';
import { partOf, TASK_PARTS } from '../../core/task-parts.ts';
import { forEachBounded } from '../for-each-bounded.ts';
import {
  type CallClass,
  type CallOptions,
  type EcsApi,
  EcsCallError,
  EcsCalls,
  type EcsPace,
  nameOf,
} from './ecs-calls.ts';
import { identityInput, identityOf, observationOf, revisionOf } from './ecs-task.ts';

/** `weight`: its share of the runs among several. */
export interface CapacityProvider {
  readonly name: string;
  readonly weight: number;
}

export interface EcsLauncherOptions {
  readonly ecs: EcsApi;
  /** Name or ARN. */
  readonly cluster: string;
  /** Family, family:revision or ARN. Only with a revision can runs be told to be out of date. */
  readonly taskDefinition: string;
  /** The runner's container in it. */
  readonly container: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Marks the runs of this installation; letters, digits, `-`, `_`, `/`, at most 125. */
  readonly startedBy: string;
  /** None: launch type FARGATE. Names as the cluster has them: FARGATE, FARGATE_SPOT. */
  readonly capacity?: readonly CapacityProvider[];
  /** Of Fargate; absent: the latest. */
  readonly platformVersion?: string;
  readonly pace: EcsPace;
}

/** Of DescribeTasks and ListTasks. */
const BATCH = 100;
const CONCURRENCY = 4;
const REASON_LENGTH_MAX = 255;

const CAPACITY_HINT =
  'Galaxy tries again by itself; subnets in more zones, or another capacity provider, have more room.';

const CODES = {
  limited: 'CDC_LAUNCH_LIMITED',
  refused: 'CDC_LAUNCH_FAILED',
  unanswered: 'CDC_LAUNCH_UNKNOWN',
} as const;

/** At most 64 characters; one run, one token: a repeated RunTask answers with the task of the first. */
function clientToken(runId: string): string {
  return createHash('sha256').update(runId).digest('base64url');
}

/** Of a token that was used before, for a request that differed: the tasks that came of it. */
function takenBy(error: EcsCallError): string | undefined {
  const { cause } = error;
  if (nameOf(cause) !== 'ConflictException' || !(cause instanceof Error)) return undefined;
  const arns = 'resourceIds' in cause && Array.isArray(cause.resourceIds) ? cause.resourceIds : [];
  return arns.find((arn): arn is string => typeof arn === 'string');
}

function refusal(why: string, cause?: unknown): CdcError {
  const capacity = /capacity is unavailable|^RESOURCE:/i.test(why);
  const message = capacity ? `ECS has no room for the runner: ${why}` : `ECS refuses the runner: ${why}`;
  return new CdcError('CDC_LAUNCH_FAILED', message, { cause, ...(capacity ? { hint: CAPACITY_HINT } : {}) });
}

function launchError(error: EcsCallError): CdcError {
  // The runner of a try that was not answered may be there, whatever was said to the later ones.
  if (error.uncertain) {
    return new CdcError('CDC_LAUNCH_UNKNOWN', `ECS did not answer the launch: ${error.message}`, {
      cause: error,
    });
  }
  if (error.kind !== 'limited') return refusal(error.message, error.cause);
  const message = `ECS takes no more launches now: ${error.message}`;
  return new CdcError('CDC_LAUNCH_LIMITED', message, { cause: error.cause });
}

export class EcsLauncher implements Launcher {
  readonly revision: string | null;
  readonly #options: EcsLauncherOptions;
  readonly #calls: EcsCalls;

  constructor(options: EcsLauncherOptions) {
    this.#options = options;
    this.#calls = new EcsCalls(options.pace);
    this.revision = revisionOf(options.taskDefinition);
  }

  #runTask(request: LaunchRequest): RunTaskCommandInput {
    const { cluster, taskDefinition, container, subnets, securityGroups } = this.#options;
    const { capacity = [], platformVersion } = this.#options;
    return {
      cluster,
      taskDefinition,
      count: 1,
      clientToken: clientToken(request.runId),
      startedBy: this.#startedBy(partOf(request.taskId)),
      ...(capacity.length === 0
        ? { launchType: 'FARGATE' }
        : {
            capacityProviderStrategy: capacity.map(({ name, weight }) => ({
              capacityProvider: name,
              weight,
            })),
          }),
      ...(platformVersion === undefined ? {} : { platformVersion }),
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...subnets],
          securityGroups: [...securityGroups],
          assignPublicIp: 'DISABLED',
        },
      },
      ...identityInput(request, container),
    };
  }

  /** Runs are listed by this and nothing else, so it tells them apart as far as a list may want to. */
  #startedBy(part: number): string {
    return `${this.#options.startedBy}/${String(part).padStart(2, '0')}`;
  }

  async launch(request: LaunchRequest): Promise<LaunchedRun> {
    const { ecs } = this.#options;
    const command = new RunTaskCommand(this.#runTask(request));
    try {
      const answer = await this.#calls.call('run', (options) => ecs.send(command, options));
      const [task] = answer.tasks ?? [];
      if (task?.taskArn !== undefined) {
        return { handle: task.taskArn, revision: revisionOf(task.taskDefinitionArn) };
      }
      // Answered with 200 and no task. It would have been the task of an earlier try, had that started one.
      const [failure] = answer.failures ?? [];
      const why = [failure?.reason, failure?.detail].filter((text) => text !== undefined).join(': ');
      throw refusal(why === '' ? 'it started none and gave no reason' : why);
    } catch (error) {
      if (!(error instanceof EcsCallError)) throw error;
      // Between a launch whose answer got lost and its repetition the task definition was deployed anew.
      const arn = takenBy(error);
      if (arn === undefined) throw launchError(error);
      return { handle: arn, revision: await this.#revisionOf(arn) };
    }
  }

  async #revisionOf(arn: string): Promise<string | null> {
    try {
      const [task] = (await this.#describeTasks([arn])).tasks;
      return revisionOf(task?.taskDefinitionArn);
    } catch {
      // taken for out of date: it is started anew when its turn comes
      return null;
    }
  }

  async #ask<T>(callClass: CallClass, name: string, send: (options: CallOptions) => Promise<T>): Promise<T> {
    try {
      return await this.#calls.call(callClass, send);
    } catch (error) {
      if (!(error instanceof EcsCallError)) throw error;
      const { kind, message, cause } = error;
      throw new CdcError(CODES[kind], `ECS, ${name}: ${message}`, { cause });
    }
  }

  async #describeTasks(arns: readonly string[]) {
    const { ecs, cluster } = this.#options;
    const tasks: Task[] = [];
    const failures: Failure[] = [];
    const batches = Array.from({ length: Math.ceil(arns.length / BATCH) }, (_item, i) =>
      arns.slice(i * BATCH, (i + 1) * BATCH),
    );
    await forEachBounded(batches, CONCURRENCY, async (batch) => {
      const command = new DescribeTasksCommand({ cluster, tasks: batch, include: ['TAGS'] });
      const answer = await this.#ask('read', 'DescribeTasks', (options) => ecs.send(command, options));
      tasks.push(...(answer.tasks ?? []));
      failures.push(...(answer.failures ?? []));
    });
    return { tasks, failures };
  }

  async describe(handles: readonly RunHandle[]): Promise<Map<RunHandle, RunObservation>> {
    const seen = new Map<RunHandle, RunObservation>(handles.map((handle) => [handle, { kind: 'unknown' }]));
    const { tasks, failures } = await this.#describeTasks(handles);
    for (const { arn, reason } of failures) {
      // Anything but MISSING says nothing of the task.
      if (arn !== undefined && reason !== 'MISSING') seen.delete(arn);
    }
    for (const task of tasks) {
      if (task.taskArn !== undefined) seen.set(task.taskArn, observationOf(task, this.#options.container));
    }
    return seen;
  }

  async stop(handle: RunHandle, reason: string): Promise<void> {
    const { ecs, cluster } = this.#options;
    const command = new StopTaskCommand({
      cluster,
      task: handle,
      reason: reason.slice(0, REASON_LENGTH_MAX),
    });
    try {
      await this.#ask('change', 'StopTask', (options) => ecs.send(command, options));
    } catch (error) {
      // ECS forgets a stopped task after an hour or so.
      const name = nameOf(error instanceof Error ? error.cause : error);
      if (name !== 'InvalidParameterException' && name !== 'ClientException') throw error;
      if (!/not found|missing/i.test(error instanceof Error ? error.message : '')) throw error;
    }
  }

  /** ARNs of the runs that ECS has and does not end already. */
  async #list(part: number): Promise<string[]> {
    const { ecs, cluster } = this.#options;
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const command = new ListTasksCommand({
        cluster,
        startedBy: this.#startedBy(part),
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      const page = await this.#ask('read', 'ListTasks', (options) => ecs.send(command, options));
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return arns;
  }

  async strayRuns(known: ReadonlySet<RunHandle>, parts?: Parts): Promise<readonly StrayRun[]> {
    const strangers: string[] = [];
    const wanted = parts ?? Array.from({ length: TASK_PARTS }, (_item, part) => part);
    await forEachBounded(wanted, CONCURRENCY, async (part) => {
      strangers.push(...(await this.#list(part)).filter((arn) => !known.has(arn)));
    });
    const { tasks } = await this.#describeTasks(strangers);
    return tasks.flatMap((task) => {
      const identity = identityOf(task, this.#options.container);
      if (task.taskArn === undefined || identity === null || task.desiredStatus === 'STOPPED') return [];
      return [{ handle: task.taskArn, ...identity, startedAtMs: task.createdAt?.getTime() ?? null }];
    });
  }

  /** Does this task, or the event of it, belong to this installation? */
  isOwn(task: { readonly startedBy?: string | undefined }): boolean {
    const { startedBy } = task;
    const own = `${this.#options.startedBy}/`;
    return startedBy?.startsWith(own) === true && /^\d\d$/.test(startedBy.slice(own.length));
  }

  /** The runs live on without this process. */
  async close(): Promise<void> {}
}
