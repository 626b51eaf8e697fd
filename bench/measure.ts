import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { childrenCpuS, memoryBytes } from './proc.ts';

/** A program to measure: one process, or one that waits for its own children. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output: thrown away in the kernel, or kept (the last 64 KiB). */
  readonly stdout: 'null' | 'keep';
  /** After so long it is killed, and that is an error. */
  readonly timeoutMs: number;
}

export interface Measured {
  /** From before the fork to after the end. */
  readonly wallS: number;
  /** User and system time of the process and of the children it waited for. */
  readonly cpuS: number;
  /** The most memory that was resident at once, as seen every 25 ms. */
  readonly peakRssBytes: number;
  readonly stdout: string;
  readonly stderr: string;
}

const KEPT_CHARS = 65_536;
const WATCH_INTERVAL_MS = 25;

/**
 * Runs a program to its end. The CPU time is what the kernel adds to this process's account of children when it
 * waits for one, to the tick of 10 ms; so no other child of this process may end meanwhile.
 * Throws where the program can't be started or ends with anything but 0.
 */
export async function measure(command: Command): Promise<Measured> {
  const cpuBeforeS = childrenCpuS(readFileSync('/proc/self/stat', 'latin1'));
  const startedMs = performance.now();
  const sink = command.stdout === 'null' ? openSync('/dev/null', 'w') : undefined;
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', sink ?? 'pipe', 'pipe'],
    timeout: command.timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (sink !== undefined) closeSync(sink);
  const stdout = keepTail(child.stdout);
  const stderr = keepTail(child.stderr);
  const watch = new PeakMemory(child.pid);
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  let wallS = Number.NaN;
  child.on('error', reject);
  child.on('exit', () => {
    wallS = (performance.now() - startedMs) / 1000;
  });
  child.on('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `code ${code}`)));
  const failure = await promise.finally(() => watch.stop());
  if (failure !== null) {
    throw new Error(`${command.program} ended with ${failure}: ${lastLines(stderr() || stdout())}`);
  }
  const cpuS = childrenCpuS(readFileSync('/proc/self/stat', 'latin1')) - cpuBeforeS;
  return { wallS, cpuS, peakRssBytes: watch.peakBytes, stdout: stdout(), stderr: stderr() };
}

function keepTail(stream: NodeJS.ReadableStream | null): () => string {
  let kept = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT_CHARS);
  });
  return () => kept;
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-8).join('\n');

class PeakMemory {
  peakBytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number | undefined) {
    const look = (): void => {
      this.peakBytes = Math.max(this.peakBytes, readMemory(pid, 'VmHWM') ?? 0);
    };
    this.#timer = setInterval(look, WATCH_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** undefined: the process has ended. */
export function readMemory(pid: number | undefined, name: 'VmHWM' | 'VmRSS'): number | undefined {
  try {
    return memoryBytes(readFileSync(`/proc/${pid}/status`, 'latin1'), name);
  } catch {
    return undefined;
  }
}

/** The last line of a text that is a JSON object, parsed; null where there is none. */
export function lastJsonLine(text: string): Readonly<Record<string, unknown>> | null {
  for (const line of text.trim().split('\n').reverse()) {
    if (!line.startsWith('{')) continue;
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      // a line that was cut
    }
  }
  return null;
}
