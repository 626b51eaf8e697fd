/**
 * Holds the servers, so that they end with whoever started them, even after `kill -9`: this process runs apart
 * from its parent's process group, and when its stdin ends, for whatever reason, it kills all its children and
 * removes their folders. One JSON command a line on stdin, one JSON report a line on stdout.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisorCommand, SupervisorReport } from './supervisor-protocol.ts';

interface Program {
  readonly process: ChildProcess;
  readonly graceMs: number;
}

const children = new Map<number, Program>();
const folders = new Set<string>();
const lastPrograms: { readonly program: string; readonly args: readonly string[] }[] = [];
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

function report(message: SupervisorReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function start(command: Extract<SupervisorCommand, { op: 'start' }>): void {
  const { id, program, args, cwd, env, logFile, stdinFile } = command;
  const out = openSync(logFile, 'a');
  // The kernel kills the child if this very process is killed; only Linux can, and only through setpriv.
  const [file, argv] =
    setpriv === undefined ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]];
  const child = spawn(file, argv, {
    cwd,
    env,
    stdio: [stdinFile === undefined ? 'ignore' : openSync(stdinFile, 'r'), out, out],
  });
  child.on('error', (error) => report({ id, event: 'error', message: error.message }));
  child.on('spawn', () => {
    children.set(id, { process: child, graceMs: command.graceMs ?? 0 });
    report({ id, event: 'started', pid: child.pid ?? 0 });
  });
  child.on('exit', (code, signal) => {
    children.delete(id);
    report({ id, event: 'exited', code, signal });
  });
}

let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.all([...children.values()].map(endProgram));
  for (const { program, args } of lastPrograms)
    spawnSync(program, args, { stdio: 'ignore', timeout: 60_000 });
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  process.exit(0);
}

/** Ends one program and waits until it is gone: what it holds must not outlive this process. */
async function endProgram({ process: child, graceMs }: Program): Promise<void> {
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (graceMs > 0) {
    child.kill('SIGTERM');
    await Promise.race([exit, sleep(graceMs)]);
  }
  child.kill('SIGKILL');
  await exit;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end());
// The parent may be gone while a report is on its way; the end of stdin says so too.
process.stdout.on('error', () => {});

const lines = createInterface({ input: process.stdin });
lines.on('close', () => void end());
lines.on('line', (line) => {
  const command = JSON.parse(line) as SupervisorCommand;
  if (command.op === 'start') start(command);
  else if (command.op === 'signal') children.get(command.id)?.process.kill(command.signal);
  else if (command.op === 'folder') folders.add(command.folder);
  else lastPrograms.push(command);
});
