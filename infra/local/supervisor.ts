import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ServersError } from './provider.ts';
import type { ProgramSpec, SupervisorCommand, SupervisorReport } from './supervisor-protocol.ts';

const MAIN = fileURLToPath(new URL('supervisor-main.ts', import.meta.url));

/** How a program ended: `code 1`, `signal SIGKILL`, or why it never started. */
export type Exit = { readonly code: number | null; readonly text: string };

export interface SupervisedProgram {
  readonly pid: number;
  /** True until the program has ended. */
  running(): boolean;
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
}

interface Waiting {
  readonly started: PromiseWithResolvers<number>;
  readonly exited: PromiseWithResolvers<Exit>;
  ended: boolean;
}

/** Runs programs that end, with their folders, when this process ends in whatever way. */
export class Supervisor {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #programs = new Map<number, Waiting>();
  #lastId = 0;

  constructor() {
    // Apart from the terminal's process group: a Ctrl-C reaches the entry, which then stops in its own order.
    this.#process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#process.stdin.on('error', () => {});
    this.#process.on('exit', () => this.#allEnded());
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.#take(JSON.parse(line) as SupervisorReport);
    });
  }

  /** Starts a program. One that can't be executed throws, or ends with 127 where setpriv starts it. */
  async start(spec: ProgramSpec): Promise<SupervisedProgram> {
    this.#lastId += 1;
    const id = this.#lastId;
    const waiting: Waiting = {
      started: Promise.withResolvers<number>(),
      exited: Promise.withResolvers<Exit>(),
      ended: false,
    };
    this.#programs.set(id, waiting);
    this.#send({ op: 'start', id, ...spec });
    return {
      pid: await waiting.started.promise,
      exited: waiting.exited.promise,
      running: () => !waiting.ended,
      signal: (signal) => this.#send({ op: 'signal', id, signal }),
    };
  }

  /** Runs a program to its end. */
  async run(spec: ProgramSpec): Promise<Exit> {
    return await (await this.start(spec)).exited;
  }

  /** The folder goes when the supervisor goes. */
  removeAtEnd(folder: string): void {
    this.#send({ op: 'folder', folder });
  }

  /** Runs when the supervisor goes: what undoes something that is no child of it. */
  runAtEnd(program: string, args: readonly string[]): void {
    this.#send({ op: 'atEnd', program, args });
  }

  /** Kills what runs and removes the folders. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.stdin.end();
    await exit;
  }

  #send(command: SupervisorCommand): void {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  #take(report: SupervisorReport): void {
    const waiting = this.#programs.get(report.id);
    if (waiting === undefined) return;
    if (report.event === 'started') {
      waiting.started.resolve(report.pid);
      return;
    }
    this.#programs.delete(report.id);
    waiting.ended = true;
    if (report.event === 'error') {
      waiting.started.reject(new ServersError(`A program did not start: ${report.message}`));
    } else {
      waiting.exited.resolve({
        code: report.code,
        text: report.signal === null ? `code ${report.code}` : `signal ${report.signal}`,
      });
    }
  }

  #allEnded(): void {
    for (const waiting of this.#programs.values()) {
      waiting.ended = true;
      waiting.started.reject(new ServersError('The supervisor of the servers has ended'));
      // Nobody may be waiting for the start any more.
      waiting.started.promise.catch(() => {});
      waiting.exited.resolve({ code: null, text: 'the end of its supervisor' });
    }
    this.#programs.clear();
  }
}
