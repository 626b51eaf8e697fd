/** The control plane as on AWS, over a simulated ECS and memory stores: API, schedules, events and runners in one time. */
import { silentLog } from '../../core/log.ts';
import type { ReconcilerDeps, Stores } from '../../functions/deps.ts';
import { EcsLauncher } from '../../functions/launcher/ecs.ts';
import { readTaskEvent } from '../../functions/launcher/ecs-events.ts';
import { reconcileTask } from '../../functions/tasks/reconciler.ts';
import { sweepOnSchedule } from '../../functions/tasks/scheduled-sweep.ts';
import type { SweepReport } from '../../functions/tasks/sweep.ts';
import { onTaskEvent } from '../../functions/tasks/task-event.ts';
import { controlPlane } from './control-plane.ts';
import { memoryStores } from './memory-stores.ts';
import { SimulatedEcs } from './simulated-ecs.ts';
import { simulatedRunner } from './simulated-runner.ts';
import { seededRandom, VirtualTime } from './virtual-time.ts';

export const BEGIN_MS = 1_800_000_000_000;

/** Each a chance in [0, 1]; ms for times. */
export interface FleetFaults {
  /** A runner dies, at each of its renewals. */
  readonly killed: number;
  /** A runner hangs, at each of its renewals, and does not hear when it is asked to drain. */
  readonly hung: number;
  /** A function of the control plane dies, before or behind each call to a store. */
  readonly crashed: number;
  readonly eventLost: number;
  readonly eventTwice: number;
  readonly eventLateMs: number;
}

export const CALM: FleetFaults = {
  killed: 0,
  hung: 0,
  crashed: 0,
  eventLost: 0,
  eventTwice: 0,
  eventLateMs: 0,
};

/** After this nobody waits for a function any more. */
const FUNCTION_MS = 60_000;

export interface FleetOptions {
  readonly seed: number;
  /** At most, around each call to a store. */
  readonly storeMs: number;
}

/** Each call takes a time of its own, so that calls of several callers come in any order; each is done at one moment. */
function slowed<T extends object>(store: T, wait: () => Promise<void>): T {
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        await wait();
        const result: unknown = await Reflect.apply(value, target, args);
        await wait();
        return result;
      };
    },
  });
}

export class SimulatedFleet {
  readonly time = new VirtualTime(BEGIN_MS);
  readonly random: () => number;
  readonly ecs: SimulatedEcs;
  /** Without delays: what a test looks at. */
  readonly stores = memoryStores();
  readonly reports: SweepReport[] = [];
  /** Moments at which two runs held the lease of one task. */
  readonly collisions: string[] = [];
  faults: FleetFaults = CALM;
  readonly #holders = new Map<string, Set<string>>();
  readonly #slow: Stores;
  readonly #api: ReturnType<typeof controlPlane>;
  revision = 'runner:1';

  constructor(options: FleetOptions) {
    const { time } = this;
    this.random = seededRandom(options.seed);
    const { random } = this;
    this.ecs = new SimulatedEcs(time, random);
    const wait = (): Promise<void> => time.sleep(random() * options.storeMs);
    const { tasks, leases, checkpoints, schemas, history, secrets } = this.stores;
    const mayDie = (): Promise<void> => (random() < this.faults.crashed ? new Promise(() => {}) : wait());
    this.#slow = {
      tasks: slowed(tasks, mayDie),
      leases: slowed(leases, mayDie),
      checkpoints: slowed(checkpoints, mayDie),
      schemas: slowed(schemas, mayDie),
      history: slowed(history, mayDie),
      secrets: slowed(secrets, mayDie),
    };
    const runnerStores = { tasks: slowed(tasks, wait), leases: slowed(leases, wait) };
    this.#api = controlPlane({
      stores: this.#slow,
      clock: time.clock,
      random,
      log: silentLog,
      sleep: (ms, signal) => (signal === undefined ? time.sleep(ms) : new Promise(() => {})),
      nudge: (taskId) => reconcileTask(this.#newContainer(), taskId).catch(() => undefined),
    });
    this.ecs.onStart = (task) =>
      simulatedRunner(task, {
        stores: runnerStores,
        time,
        killed: () => random() < this.faults.killed,
        hung: () => random() < this.faults.hung,
        onHold: (taskId, runId, holds) => this.#hold(taskId, runId, holds),
      });
    this.ecs.onEvent = (event) => void this.#deliver(event);
  }

  /** What one Lambda container has: a launcher of its own, with a pace of its own. */
  #newContainer(): ReconcilerDeps & { readonly launcher: EcsLauncher } {
    const { time, random } = this;
    const launcher = new EcsLauncher({
      ecs: this.ecs.api,
      cluster: 'sim',
      taskDefinition: this.revision,
      container: 'runner',
      subnets: ['s'],
      securityGroups: ['g'],
      startedBy: 'galaxy/sim',
      pace: { clock: time.clock, random, sleep: time.sleep, patienceMs: 4_000 },
    });
    return { clock: time.clock, random, sleep: time.sleep, log: silentLog, stores: this.#slow, launcher };
  }

  deploy(revision: string): void {
    this.revision = revision;
    this.ecs.taskDefinition = revision;
  }

  #hold(taskId: string, runId: string, holds: boolean): void {
    const holders = this.#holders.get(taskId) ?? new Set();
    this.#holders.set(taskId, holders);
    if (!holds) holders.delete(runId);
    else if (holders.size > 0) this.collisions.push(`${taskId}: ${[...holders, runId].join(' and ')}`);
    if (holds) holders.add(runId);
  }

  async #deliver(event: unknown): Promise<void> {
    const { eventLost, eventTwice, eventLateMs } = this.faults;
    if (this.random() < eventLost) return;
    const times = this.random() < eventTwice ? 2 : 1;
    for (let i = 0; i < times; i += 1) {
      await this.time.sleep(200 + this.random() * eventLateMs);
      const deps = this.#newContainer();
      const scope = {
        cluster: 'sim',
        container: 'runner',
        isOwn: (task: { startedBy?: string | undefined }) => deps.launcher.isOwn(task),
      };
      // Lambda would have it come again; here the sweep has to do
      await onTaskEvent(deps, readTaskEvent(event, scope)).catch(() => undefined);
    }
  }

  /** A request to the API; each as in a Lambda container of its own. */
  async post(path: string, body?: unknown): Promise<Response | null> {
    return await Promise.race([this.#api.post(path, body), this.time.sleep(FUNCTION_MS).then(() => null)]);
  }

  /** One call of a schedule's function, of a minute. */
  async sweep(input: unknown = {}, rollAtOnce = 5): Promise<void> {
    const options = { stage: 'simulated', rollAtOnce, remainingMs: FUNCTION_MS };
    const work = sweepOnSchedule(this.#newContainer(), input, options);
    const report = await Promise.race([work, this.time.sleep(FUNCTION_MS)]);
    if (report !== undefined) this.reports.push(report);
  }
}
