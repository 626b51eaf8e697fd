import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A `galaxy stream` that goes on until it is told to end. */
export interface LiveStream {
  readonly child: ChildProcess;
  /** Resolves when it has found its place in the server's log and reads. */
  readonly connected: Promise<void>;
  stop(): Promise<void>;
}

const CONNECTED_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 30_000;

/** Standard output is a pipe where the caller wants it. */
export function startLiveStream(
  root: string,
  args: readonly string[],
  stdout: 'pipe' | 'ignore',
): LiveStream {
  const child = spawn(process.execPath, [join(root, 'cli/galaxy.mjs'), 'stream', ...args], {
    stdio: ['ignore', stdout, 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8_192);
    if (said.includes('"event":"connected"')) resolve();
  });
  child.on('error', reject);
  child.on('exit', (code) => reject(new Error(`galaxy stream ended with ${code}: ${said.slice(-400)}`)));
  const timer = setTimeout(() => {
    reject(new Error(`galaxy stream did not connect within ${CONNECTED_WITHIN_MS / 1000} s`));
  }, CONNECTED_WITHIN_MS);
  promise.catch(() => undefined).finally(() => clearTimeout(timer));
  return { child, connected: promise, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
