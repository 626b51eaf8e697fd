import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../infra/local/native/ports.ts';
import type { SupervisedProgram, Supervisor } from '../../infra/local/supervisor.ts';
import { ApiClient } from './api-client.ts';

const COMMAND = fileURLToPath(new URL('../galaxy.mjs', import.meta.url));
const READY_WITHIN_MS = 60_000;

type Env = Readonly<Record<string, string | undefined>>;

/** `galaxy up` as a child process that ends with this one. It keeps its port and data over restarts. */
export class ControlPlane {
  readonly api: ApiClient;
  readonly port: number;
  /** What it writes to stdout and stderr. */
  readonly logFile: string;
  readonly dataFolder: string;
  readonly #supervisor: Supervisor;
  readonly #env: Env;
  readonly #folder: string;
  #process: SupervisedProgram | undefined;

  private constructor(supervisor: Supervisor, folder: string, port: number, env: Env) {
    this.#supervisor = supervisor;
    this.#env = env;
    this.#folder = folder;
    this.port = port;
    this.api = new ApiClient(`http://127.0.0.1:${port}`);
    this.logFile = join(folder, 'galaxy-up.log');
    this.dataFolder = join(folder, 'data');
  }

  /** Starts it on a free port; `folder` takes its data and its log. */
  static async start(supervisor: Supervisor, folder: string, env: Env): Promise<ControlPlane> {
    const controlPlane = new ControlPlane(supervisor, folder, await freePort(), env);
    await controlPlane.start();
    return controlPlane;
  }

  async start(): Promise<void> {
    const args = ['up', '--port', String(this.port), '--data', this.dataFolder];
    this.#process = await this.#supervisor.start({
      program: process.execPath,
      args: [COMMAND, ...args],
      cwd: this.#folder,
      env: this.#env,
      logFile: this.logFile,
      graceMs: 30_000,
    });
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(50)) {
      const alive = await fetch(`${this.api.url}/healthz`).then(
        (response) => response.ok,
        () => false,
      );
      if (alive) return;
      if (!this.#process.running()) break;
    }
    const log = await readFile(this.logFile, 'utf8').catch(() => '');
    throw new Error(`galaxy up did not get ready: ${log.trimEnd().split('\n').slice(-5).join('\n')}`);
  }

  /** Ends it by a signal and waits for its end; gives its exit code, null after a SIGKILL. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#process?.signal(signal);
    return (await this.#process?.exited)?.code ?? null;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }
}
