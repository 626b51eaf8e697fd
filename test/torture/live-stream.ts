/** `galaxy stream` as a process of its own, with a checkpoint, for cases that stop and kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { markOf } from './outcome.ts';

const COMMAND = fileURLToPath(new URL('../../cli/galaxy.ts', import.meta.url));
/** How long the stream may take for what a mark waits for. */
const PATIENCE_MS = 30_000;

export class LiveStream {
  readonly #source: readonly string[];
  readonly #checkpoint: string;
  readonly #lines: string[] = [];
  readonly #marks = new Set<number>();
  #child: ChildProcess | null = null;
  #stderr = '';
  #wake: () => void = () => undefined;

  /** `source`: the arguments that say what to stream, without a start. */
  constructor(source: readonly string[], checkpoint: string) {
    this.#source = source;
    this.#checkpoint = checkpoint;
  }

  get stderr(): string {
    return this.#stderr;
  }

  launch(start: string): void {
    const args = ['stream', ...this.#source, '--start', start, '--checkpoint', this.#checkpoint];
    const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
      this.#wake();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    child.on('exit', () => this.#wake());
  }

  #take(line: string): void {
    const mark = markOf(line);
    if (mark !== null) this.#marks.add(mark);
    this.#lines.push(line);
  }

  /** The lines since the last call. */
  takeLines(): string[] {
    return this.#lines.splice(0);
  }

  get #ended(): boolean {
    return this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it said last, and how it ended. */
  get #last(): string {
    const line = this.#stderr.trimEnd().split('\n').at(-1) ?? '';
    return `${line} (exit code ${this.#child?.exitCode}, signal ${this.#child?.signalCode})`;
  }

  /** Resolves when the mark has come; fails where the stream ends before it. */
  async mark(id: number): Promise<void> {
    const endMs = Date.now() + PATIENCE_MS;
    while (!this.#marks.has(id)) {
      if (this.#ended) throw new Error(`the stream ended: ${this.#last}`);
      if (Date.now() > endMs) throw new Error(`mark ${id} did not come within ${PATIENCE_MS} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Orderly by SIGTERM: it must drain and end with 0. */
  async stop(): Promise<void> {
    const code = await this.#end('SIGTERM');
    if (code !== 0) throw new Error(`SIGTERM ended it with ${code}: ${this.#last}`);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    if (child === null || this.#ended) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }
}
