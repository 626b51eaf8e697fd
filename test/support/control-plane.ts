/** The control plane over fakes: a clock that moves by sleeping, a launcher and probes that do as they are told. */
import type { CdcError } from '../../core/errors.ts';
import type { LaunchedRun, Launcher, LaunchRequest, RunObservation, StrayRun } from '../../core/launcher.ts';
import type { RunStatus } from '../../core/lease.ts';
import { silentLog } from '../../core/log.ts';
import { type AppDeps, createApp } from '../../functions/app.ts';
import type { CheckFinding, StartAt, WantedStart } from '../../functions/source-check/probes.ts';
import { reconcileTask } from '../../functions/tasks/reconciler.ts';
import { sweep, WHOLE_SWEEP } from '../../functions/tasks/sweep.ts';
import { memoryStores } from './memory-stores.ts';

export const START: StartAt = {
  file: 'binlog.000007',
  position: 1234,
  gtidSet: '3E11FA47-71CA-11E1-9E33-C80AA9429562:1-77',
  serverUuid: '3E11FA47-71CA-11E1-9E33-C80AA9429562',
};

export const BODY = {
  task_id: 'task_001',
  mysql_config: { user: 'root', password: 'mysql-secret', host: '10.0.0.1', port: 3307 },
  database: 'test',
  tables: [] as string[],
  exclude_table: [] as string[],
  kafka_conf: { enable_sasl: false, brokers: ['10.0.0.2:9092'] },
};

export class FakeLauncher implements Launcher {
  revision: string | null = null;
  readonly launched: LaunchRequest[] = [];
  readonly stopped: string[] = [];
  readonly runs = new Map<string, { request: LaunchRequest; observation: RunObservation }>();
  refusal: CdcError | null = null;

  async launch(request: LaunchRequest): Promise<LaunchedRun> {
    if (this.refusal !== null) throw this.refusal;
    this.launched.push(request);
    const handle = `h:${request.runId}`;
    if (!this.runs.has(handle)) this.runs.set(handle, { request, observation: { kind: 'running' } });
    return { handle, revision: this.revision };
  }

  async describe(handles: readonly string[]): Promise<Map<string, RunObservation>> {
    return new Map(
      handles.map((handle) => [handle, this.runs.get(handle)?.observation ?? { kind: 'unknown' }]),
    );
  }

  async stop(handle: string): Promise<void> {
    this.stopped.push(handle);
  }

  async strayRuns(known: ReadonlySet<string>): Promise<StrayRun[]> {
    return [...this.runs]
      .filter(([handle, run]) => run.observation.kind !== 'ended' && !known.has(handle))
      .map(([handle, { request }]) => {
        const { taskId, generation, runId } = request;
        return { handle, taskId, generation, runId, startedAtMs: null };
      });
  }

  async close(): Promise<void> {}

  end(handle: string, exitCode: number | null, reason = `exit code ${exitCode}`): void {
    const run = this.runs.get(handle);
    if (run !== undefined) run.observation = { kind: 'ended', exitCode, reason };
  }
}

export function runStatus(fields: Partial<RunStatus> = {}): RunStatus {
  const idle = { error: null, filterVersion: 1, reading: null, lagMs: 0, rows: 0, atMs: 0 };
  return { phase: 'streaming', ...idle, ...fields };
}

export function controlPlane(overrides: Partial<AppDeps> = {}) {
  const stores = memoryStores();
  const launcher = new FakeLauncher();
  const time = { nowMs: 1_700_000_000_000 };
  const findings: { source: CheckFinding[]; sink: CheckFinding[] } = { source: [], sink: [] };
  const asked: WantedStart[] = [];
  const start: { at: StartAt; error: CdcError | null } = { at: START, error: null };
  /** Called at each sleep: what happens meanwhile. */
  const meanwhile: { run: () => Promise<void> } = { run: async () => {} };
  let ids = 0;
  const deps: AppDeps & { launcher: FakeLauncher } = {
    stores,
    launcher,
    clock: { now: () => time.nowMs },
    random: () => 0.5,
    async sleep(ms, signal) {
      // A deadline (the sleep that can be called off) never comes in these tests, unless one says so.
      if (signal !== undefined) return new Promise(() => {});
      time.nowMs += ms;
      await meanwhile.run();
    },
    log: silentLog,
    source: {
      check: async () => findings.source,
      async takeStart(_config, wanted) {
        asked.push(wanted);
        if (start.error !== null) throw start.error;
        return start.at;
      },
    },
    sink: { check: async () => findings.sink },
    hosts: { allow: async () => {} },
    nudge: async (taskId) => reconcileTask(deps, taskId),
    access: { kind: 'loopback' },
    newId() {
      ids += 1;
      return `request-${ids}`;
    },
    version: '0.0.0-test',
    ...overrides,
  };
  const app = createApp(deps);
  const post = (path: string, body?: unknown): Promise<Response> =>
    Promise.resolve(
      app.request(path, {
        method: 'POST',
        ...(body === undefined
          ? {}
          : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    );
  const get = (path: string): Promise<Response> => Promise.resolve(app.request(path));
  /** The run of a task takes its lease and says this. */
  const runnerSays = async (taskId: string, status: RunStatus, ttlMs = 15_000): Promise<void> => {
    const run = (await stores.tasks.get(taskId))?.run;
    if (run === null || run === undefined) throw new Error(`${taskId} has no run`);
    const known = await stores.leases.load(taskId);
    const nowMs = time.nowMs;
    const request = { taskId, owner: run.id, generation: run.generation, ttlMs, nowMs };
    const lease = known?.owner === run.id ? known : await stores.leases.acquire(request);
    if (lease === null) throw new Error(`${taskId} is leased by another`);
    await stores.leases.renew(lease, status, ttlMs, nowMs);
  };
  return {
    app,
    deps,
    stores,
    launcher,
    time,
    findings,
    start,
    asked,
    meanwhile,
    post,
    get,
    runnerSays,
    tick: () => sweep(deps, WHOLE_SWEEP),
  };
}
