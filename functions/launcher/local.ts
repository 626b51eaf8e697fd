/**
 * Runners as child processes of this one. A child holds an IPC channel: when this process dies, whatever way,
 * the channel closes, and the runner drains and ends. A handle is `<pid>:<boot>-<start time>:<run id>`, so that
 * after a restart a runner of the last life is known again, and another process under its number is not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemClock } from '../../core/clock.ts';
import { CdcError } from '../../core/errors.ts';
import type {
  LaunchedRun,
  Launcher,
  LaunchRequest,
  RunHandle,
  RunObservation,
  StrayRun,
} from '../../core/launcher.ts';
import { bootId, processStart } from './process-identity.ts';

export interface LocalLauncherOptions {
  readonly program: string;
  /** Options of the program and the runner's entry file. */
  readonly args: readonly string[];
  /** The whole environment of a runner but its ids: where the store is, and what the system needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes each line that a runner writes. */
  readonly onLine: (taskId: string, line: string) => void;
  /** A runner of this task has ended. */
  readonly onEnd?: (taskId: string) => void;
  /** From the request to drain to SIGKILL. */
  readonly killAfterMs?: number;
  /** The same when all are drained at the end. */
  readonly closeWithinMs?: number;
}

/** Ended runs are remembered until they have been asked about for a while. */
const ENDED_KEPT = 1_000;
const LINE_LENGTH_MAX = 64 * 1024;

interface Run {
  readonly request: LaunchRequest;
  readonly handle: RunHandle;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  readonly startedAtMs: number;
  observation: RunObservation;
}

interface ParsedHandle {
  readonly pid: number;
  readonly boot: string;
  readonly start: string;
}

function parseHandle(handle: RunHandle): ParsedHandle | null {
  const match = /^(\d+):([^:]*?)-([^:]*):/.exec(handle);
  if (match?.[2] === undefined || match[3] === undefined) return null;
  return { pid: Number(match[1]), boot: match[2], start: match[3] };
}

function endReason(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `the runner ended with exit code ${code}` : `the runner was ended by ${signal}`;
}

export class LocalLauncher implements Launcher {
  readonly revision = null;
  readonly #options: LocalLauncherOptions;
  readonly #runs = new Map<RunHandle, Run>();
  /** By run id; a launch is there from its first call on, so that a second one meets it. */
  readonly #launches = new Map<string, Promise<Run>>();
  readonly #killTimers = new Map<RunHandle, NodeJS.Timeout>();
  readonly #closing = new AbortController();

  constructor(options: LocalLauncherOptions) {
    this.#options = options;
  }

  async launch(request: LaunchRequest): Promise<LaunchedRun> {
    if (this.#closing.signal.aborted)
      throw new CdcError('CDC_LAUNCH_FAILED', 'this control plane is shutting down');
    let pending = this.#launches.get(request.runId);
    if (pending === undefined) {
      pending = this.#start(request);
      this.#launches.set(request.runId, pending);
      pending.catch(() => this.#launches.delete(request.runId));
    }
    return { handle: (await pending).handle, revision: null };
  }

  async #start(request: LaunchRequest): Promise<Run> {
    const { program, args, env } = this.#options;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...env,
        GALAXY_TASK_ID: request.taskId,
        GALAXY_GENERATION: String(request.generation),
        GALAXY_RUN_ID: request.runId,
      },
    });
    try {
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CdcError('CDC_LAUNCH_FAILED', `the runner could not be started: ${why}`, { cause });
    }
    const pid = child.pid ?? 0;
    const exited = Promise.withResolvers<void>();
    // Registered before anything else is waited for: a runner that ends at once must not be missed.
    const end: { seen: RunObservation | null } = { seen: null };
    child.once('exit', (code, signal) => {
      end.seen = { kind: 'ended', exitCode: code, reason: endReason(code, signal) };
      const known = this.#runs.get(handle);
      if (known !== undefined) known.observation = end.seen;
      clearTimeout(this.#killTimers.get(handle));
      this.#killTimers.delete(handle);
      exited.resolve();
      if (known !== undefined) this.#options.onEnd?.(request.taskId);
    });
    child.on('error', () => undefined);
    this.#readLines(request.taskId, child.stdout);
    this.#readLines(request.taskId, child.stderr);
    let handle = '';
    const [boot, start] = await Promise.all([bootId(), processStart(pid)]);
    handle = `${pid}:${boot}-${start ?? 'gone'}:${request.runId}`;
    const observation = end.seen ?? { kind: 'running' };
    const startedAtMs = systemClock.now();
    const run: Run = { request, handle, child, exited: exited.promise, startedAtMs, observation };
    this.#runs.set(handle, run);
    this.#forgetOldest();
    if (end.seen !== null) this.#options.onEnd?.(request.taskId);
    return run;
  }

  #readLines(taskId: string, stream: Readable | null): void {
    if (stream === null) return;
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => this.#options.onLine(taskId, line.slice(0, LINE_LENGTH_MAX)));
    stream.on('error', () => undefined);
  }

  #forgetOldest(): void {
    for (const [handle, run] of this.#runs) {
      if (this.#runs.size <= ENDED_KEPT) return;
      if (run.observation.kind !== 'ended') continue;
      this.#runs.delete(handle);
      this.#launches.delete(run.request.runId);
    }
  }

  async describe(handles: readonly RunHandle[]): Promise<Map<RunHandle, RunObservation>> {
    const entries = handles.map(async (handle): Promise<[RunHandle, RunObservation]> => {
      return [handle, this.#runs.get(handle)?.observation ?? (await this.#describeStranger(handle))];
    });
    return new Map(await Promise.all(entries));
  }

  /** A run of an earlier life of this control plane. */
  async #describeStranger(handle: RunHandle): Promise<RunObservation> {
    const parsed = parseHandle(handle);
    // Of another machine, or from before a restart of this one: its lease tells whether it lives.
    if (parsed === null || parsed.boot !== (await bootId())) return { kind: 'unknown' };
    if ((await processStart(parsed.pid)) === parsed.start) return { kind: 'running' };
    return { kind: 'ended', exitCode: null, reason: 'the process of the runner is gone' };
  }

  async stop(handle: RunHandle, _reason: string): Promise<void> {
    if (this.#killTimers.has(handle)) return;
    if (!(await this.#signal(handle, 'SIGTERM'))) return;
    const timer = setTimeout(() => {
      this.#killTimers.delete(handle);
      void this.#signal(handle, 'SIGKILL');
    }, this.#options.killAfterMs ?? 30_000);
    timer.unref();
    this.#killTimers.set(handle, timer);
  }

  /** False where there is nothing (left) to signal. */
  async #signal(handle: RunHandle, signal: NodeJS.Signals): Promise<boolean> {
    const run = this.#runs.get(handle);
    if (run !== undefined) return run.observation.kind !== 'ended' && run.child.kill(signal);
    const parsed = parseHandle(handle);
    if (parsed === null || (await this.#describeStranger(handle)).kind !== 'running') return false;
    try {
      return process.kill(parsed.pid, signal);
    } catch {
      return false;
    }
  }

  async strayRuns(known: ReadonlySet<RunHandle>): Promise<readonly StrayRun[]> {
    return [...this.#runs.values()]
      .filter((run) => run.observation.kind !== 'ended' && !known.has(run.handle))
      .map(({ handle, request, startedAtMs }) => {
        const { taskId, generation, runId } = request;
        return { handle, taskId, generation, runId, startedAtMs };
      });
  }

  /** Drains all children; those that do not end in time are killed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#launches.values());
    const alive = [...this.#runs.values()].filter((run) => run.observation.kind !== 'ended');
    for (const run of alive) run.child.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const run of alive) if (run.observation.kind !== 'ended') run.child.kill('SIGKILL');
    }, this.#options.closeWithinMs ?? 20_000);
    await Promise.all(alive.map((run) => run.exited));
    clearTimeout(timer);
    for (const killTimer of this.#killTimers.values()) clearTimeout(killTimer);
    this.#killTimers.clear();
  }
}
