import { delimiter, join } from 'node:path';
import { missing, type Progress, ServersError } from '../provider.ts';
import type { Supervisor } from '../supervisor.ts';
import { exists } from './cache.ts';

/** What every native server needs at hand. */
export interface NativeContext {
  readonly supervisor: Supervisor;
  readonly cache: string;
  /** Temporary folder of this run; removed at the end. */
  readonly folder: string;
  readonly log: Progress;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The programs that servers come through, and how a person gets each. */
const INSTALL = {
  java: 'install Java 17 or newer (apt-get install default-jre-headless), or let this do it with GALAXY_INSTALL=yes',
  mvn: 'install Maven (apt-get install maven), or let this do it with GALAXY_INSTALL=yes',
  'apt-get': 'use a Debian machine',
  'dpkg-deb': 'use a Debian machine',
  tar: 'install tar',
} as const;

const PACKAGES: Partial<Record<keyof typeof INSTALL, string>> = {
  java: 'default-jre-headless',
  mvn: 'maven',
};

export async function findProgram(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

/**
 * Makes sure that these programs are there. With GALAXY_INSTALL=yes, and as root, missing ones are installed by
 * the system's apt; without it nothing of the host is changed, and the error says what to do.
 */
export async function requirePrograms(
  context: NativeContext,
  names: readonly (keyof typeof INSTALL)[],
): Promise<void> {
  for (const name of names) {
    if ((await findProgram(context.env, name)) !== undefined) continue;
    const debianPackage = PACKAGES[name];
    if (debianPackage === undefined || context.env.GALAXY_INSTALL !== 'yes') {
      throw missing(`The program ${name} is not on this machine`, INSTALL[name]);
    }
    context.log(`installing ${debianPackage} on this machine by apt-get, as GALAXY_INSTALL=yes allows`);
    await runTool(context, 'apt-get', ['-qq', 'update'], 'apt-get update');
    await runTool(
      context,
      'apt-get',
      ['-qq', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', debianPackage],
      `the installation of ${debianPackage}`,
    );
  }
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdinFile?: string;
}

let toolCount = 0;

/** Runs a program to its end; an end other than 0 is an error with the last lines of its output. */
export async function runTool(
  context: NativeContext,
  program: string,
  args: readonly string[],
  what: string,
  options: ToolOptions = {},
): Promise<void> {
  toolCount += 1;
  const logFile = join(context.folder, `tool-${toolCount}.log`);
  const exit = await context.supervisor.run({
    program,
    args,
    cwd: options.cwd ?? context.folder,
    env: { ...context.env, DEBIAN_FRONTEND: 'noninteractive', ...options.env },
    logFile,
    ...(options.stdinFile === undefined ? {} : { stdinFile: options.stdinFile }),
  });
  if (exit.code !== 0)
    throw new ServersError(`${what} ended with ${exit.text}:\n${await lastLines(logFile)}`);
}

export async function lastLines(file: string, count = 15): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** Says every ten seconds that something long is still going on. */
export async function withProgress<T>(log: Progress, what: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  log(what);
  const timer = setInterval(() => {
    log(`${what} (${Math.round((Date.now() - started) / 1000)} s so far)`);
  }, 10_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
