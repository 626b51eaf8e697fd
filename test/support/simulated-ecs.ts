/**
 * ECS as its documentation describes it: client tokens, rates, late lists, failures in good answers, events. Faults are
 * as likely as the test says. It knows nothing of Galaxy but what a task definition would: the container's name.
 */
import {
  type DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import type { EcsApi } from '../../functions/launcher/ecs-calls.ts';
import { TokenBucket } from '../../functions/launcher/token-bucket.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Each a chance in [0, 1]; ms for times. */
export interface EcsFaults {
  /** The call is carried out, and its answer does not come. */
  readonly lost: number;
  /** The call fails before anything is done. */
  readonly away: number;
  readonly throttled: number;
  readonly noCapacity: number;
  /** How long a new task may not be shown. */
  readonly hiddenMs: number;
}

export const NO_FAULTS: EcsFaults = { lost: 0, away: 0, throttled: 0, noCapacity: 0, hiddenMs: 0 };

export interface SimulatedTask {
  readonly arn: string;
  readonly input: RunTaskCommandInput;
  readonly createdAtMs: number;
  readonly shownAtMs: number;
  /** What its container does; null until it runs. Aborted by SIGTERM. */
  readonly stop: AbortController;
  status: 'PENDING' | 'RUNNING' | 'STOPPED';
  stopCode?: string;
  stoppedReason?: string;
  exitCode?: number;
}

type Limit = 'run' | 'launch' | 'change' | 'read';
type Command = RunTaskCommand | DescribeTasksCommand | StopTaskCommand | ListTasksCommand;

const named = (name: string, message: string, fields: object = {}): Error =>
  Object.assign(new Error(message), { name, ...fields });

const CLUSTER_ARN = 'arn:aws:ecs:eu-central-1:111122223333:cluster/sim';
const PAGE = 100;

export class SimulatedEcs {
  readonly tasks = new Map<string, SimulatedTask>();
  readonly calls = { run: 0, describe: 0, stop: 0, list: 0, throttled: 0 };
  faults: EcsFaults = NO_FAULTS;
  taskDefinition = 'runner:1';
  /** Gets every event that ECS would send. */
  onEvent: (event: unknown) => void = () => undefined;
  /** Is the container: its exit code, when it ends. */
  onStart: (task: SimulatedTask) => Promise<number> = () => new Promise(() => {});
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #tokens = new Map<string, { readonly arn: string; readonly request: string }>();
  readonly #limits: Readonly<Record<Limit, TokenBucket>>;
  #count = 0;

  constructor(time: VirtualTime, random: () => number) {
    this.#time = time;
    this.#random = random;
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html
    this.#limits = {
      run: new TokenBucket({ burst: 20, perSecond: 20 }, time.nowMs),
      launch: new TokenBucket({ burst: 100, perSecond: 20 }, time.nowMs),
      change: new TokenBucket({ burst: 100, perSecond: 40 }, time.nowMs),
      read: new TokenBucket({ burst: 100, perSecond: 20 }, time.nowMs),
    };
  }

  readonly api = { send: (command: Command): Promise<unknown> => this.#send(command) } as EcsApi;

  live(): SimulatedTask[] {
    return [...this.tasks.values()].filter((task) => task.status !== 'STOPPED');
  }

  #throttle(name: Limit): void {
    if (this.#limits[name].take(this.#time.nowMs, 0) !== null) return;
    this.calls.throttled += 1;
    throw named('ThrottlingException', 'Rate exceeded', { $fault: 'client' });
  }

  async #send(command: Command): Promise<unknown> {
    const { lost, away, throttled } = this.faults;
    const chance = (part: number): boolean => this.#random() < part;
    await this.#time.sleep(20 + this.#random() * 200);
    if (chance(throttled)) throw named('ThrottlingException', 'Rate exceeded', { $fault: 'client' });
    if (chance(away)) throw named('ServerException', 'try later', { $fault: 'server' });
    const answer = this.#carryOut(command);
    await this.#time.sleep(10 + this.#random() * 400);
    if (chance(lost)) throw named('TimeoutError', 'the answer did not come');
    return answer;
  }

  #carryOut(command: Command): unknown {
    if (command instanceof RunTaskCommand) return this.#runTask(command.input);
    if (command instanceof StopTaskCommand) return this.#stopTask(command.input);
    this.#throttle('read');
    if (command instanceof ListTasksCommand) return this.#listTasks(command.input);
    this.calls.describe += 1;
    const seen = (command.input.tasks ?? []).map((arn) => ({ arn, task: this.tasks.get(arn) }));
    const shown = ({ task }: (typeof seen)[number]): boolean =>
      task !== undefined && task.shownAtMs <= this.#time.nowMs;
    return {
      tasks: seen.filter(shown).flatMap(({ task }) => (task === undefined ? [] : [this.#describe(task)])),
      failures: seen.filter((item) => !shown(item)).map(({ arn }) => ({ arn, reason: 'MISSING' })),
    };
  }

  #runTask(input: RunTaskCommandInput): unknown {
    this.calls.run += 1;
    this.#throttle('run');
    const token = input.clientToken ?? '';
    const request = JSON.stringify({ ...input, taskDefinition: this.taskDefinition });
    const known = this.#tokens.get(token);
    if (known !== undefined && known.request !== request) {
      throw named('ConflictException', 'the token is in use', {
        $fault: 'client',
        resourceIds: [known.arn],
      });
    }
    const before = known === undefined ? undefined : this.tasks.get(known.arn);
    if (before !== undefined) return { tasks: [this.#describe(before)], failures: [] };
    if (this.#random() < this.faults.noCapacity) {
      return { tasks: [], failures: [{ reason: 'Capacity is unavailable at this time.' }] };
    }
    this.#throttle('launch');
    this.#count += 1;
    const arn = `arn:aws:ecs:eu-central-1:111122223333:task/sim/${String(this.#count).padStart(32, '0')}`;
    const { nowMs } = this.#time;
    const task: SimulatedTask = {
      arn,
      input: { ...input, taskDefinition: this.taskDefinition },
      createdAtMs: nowMs,
      shownAtMs: nowMs + this.#random() * this.faults.hiddenMs,
      stop: new AbortController(),
      status: 'PENDING',
    };
    this.tasks.set(arn, task);
    this.#tokens.set(token, { arn, request });
    void this.#live(task);
    return { tasks: [this.#describe(task)], failures: [] };
  }

  async #live(task: SimulatedTask): Promise<void> {
    this.#tell(task);
    await this.#time.sleep(5_000 + this.#random() * 30_000);
    if (task.status === 'STOPPED') return;
    if (task.stop.signal.aborted) {
      this.end(task, null, 'UserInitiated', 'stopped before it ran');
      return;
    }
    task.status = 'RUNNING';
    this.#tell(task);
    const exitCode = await this.onStart(task);
    this.end(task, exitCode, 'EssentialContainerExited', 'Essential container in task exited');
  }

  end(task: SimulatedTask, exitCode: number | null, stopCode: string, reason: string): void {
    if (task.status === 'STOPPED') return;
    task.status = 'STOPPED';
    task.stopCode ??= stopCode;
    task.stoppedReason ??= reason;
    if (exitCode !== null) task.exitCode = exitCode;
    this.#tell(task);
  }

  #stopTask({ task: arn = '', reason }: { task?: string | undefined; reason?: string | undefined }): unknown {
    this.calls.stop += 1;
    this.#throttle('change');
    const task = this.tasks.get(arn);
    if (task === undefined) throw named('InvalidParameterException', 'The referenced task was not found.');
    if (task.status !== 'STOPPED') {
      task.stopCode ??= 'UserInitiated';
      task.stoppedReason ??= reason ?? '';
      task.stop.abort();
    }
    return { task: this.#describe(task) };
  }

  #listTasks({
    startedBy,
    nextToken = '0',
  }: {
    startedBy?: string | undefined;
    nextToken?: string | undefined;
  }) {
    this.calls.list += 1;
    const from = Number(nextToken);
    const arns = [...this.tasks.values()]
      .filter((task) => task.input.startedBy === startedBy && task.shownAtMs <= this.#time.nowMs)
      .filter((task) => task.status !== 'STOPPED' && !task.stop.signal.aborted)
      .map((task) => task.arn);
    const more = arns.length > from + PAGE;
    return {
      taskArns: arns.slice(from, from + PAGE),
      ...(more ? { nextToken: String(from + PAGE) } : {}),
    };
  }

  #describe(task: SimulatedTask): Task {
    const { input, arn } = task;
    const stopping = task.stop.signal.aborted && task.status === 'RUNNING';
    return {
      taskArn: arn,
      clusterArn: CLUSTER_ARN,
      taskDefinitionArn: `arn:aws:ecs:eu-central-1:111122223333:task-definition/${input.taskDefinition}`,
      lastStatus: stopping ? 'DEACTIVATING' : task.status,
      desiredStatus: task.stop.signal.aborted || task.status === 'STOPPED' ? 'STOPPED' : 'RUNNING',
      createdAt: new Date(task.createdAtMs),
      startedBy: input.startedBy,
      overrides: input.overrides,
      stopCode: task.stopCode as Task['stopCode'],
      stoppedReason: task.stoppedReason,
      containers: [{ name: 'runner', ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }) }],
    };
  }

  #tell(task: SimulatedTask): void {
    this.onEvent({
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      detail: JSON.parse(JSON.stringify(this.#describe(task))) as unknown,
    });
  }
}
