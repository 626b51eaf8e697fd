import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../core/clock.ts';
import { createLog, type Log } from '../core/log.ts';
import { networkPolicy } from '../core/network-policy.ts';
import { createApp } from '../functions/app.ts';
import { LocalLauncher } from '../functions/launcher/local.ts';
import { createProbes } from '../functions/source-check/create-probes.ts';
import { createHostPolicy } from '../functions/source-check/host-policy.ts';
import { addressesOf, systemSurroundings } from '../functions/system-surroundings.ts';
import { ReconcileLoop } from '../functions/tasks/reconcile-loop.ts';
import manifest from '../package.json' with { type: 'json' };
import type { CliIo } from './io.ts';
import { localAccess } from './local-access.ts';
import { lockDataFolder } from './up/data-lock.ts';
import { serveHttp } from './up/http-server.ts';
import { isLoopback, readUpOptions, UP_HELP, type UpOptions } from './up/options.ts';
import { runnerEnv, runnerOutput } from './up/runner-output.ts';
import { openStores } from './up/stores.ts';

const RECONCILE_INTERVAL_MS = 1_000;
/** The whole end has 25 s: requests in flight first, then the runners' drain. */
const REQUESTS_WITHIN_MS = 2_000;
const DRAIN_WITHIN_MS = 20_000;

const RUNNER = fileURLToPath(new URL('../runner/main.ts', import.meta.url));
/** SQLite is a release candidate in Node 24; kafkajs sets a timer of a negative time once. Neither tells a user anything. */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];

function localLauncher(
  options: UpOptions,
  io: CliIo,
  log: Log,
  storeEnv: Record<string, string>,
  onEnd: (taskId: string) => void,
): LocalLauncher {
  const compileCache = { NODE_COMPILE_CACHE: join(options.dataDir, 'compile-cache') };
  return new LocalLauncher({
    program: process.execPath,
    args: [...NODE_OPTIONS, RUNNER],
    env: runnerEnv(io.env, {
      ...compileCache,
      ...storeEnv,
      GALAXY_NETWORKS: options.networks.join(','),
    }),
    onLine: runnerOutput((line) => io.stderr.write(line), log),
    onEnd,
    closeWithinMs: DRAIN_WITHIN_MS,
  });
}

/** Things to undo, the last one first. */
type Undo = (() => unknown)[];

async function run(options: UpOptions, io: CliIo, undo: Undo): Promise<void> {
  const log = createLog((line) => io.stderr.write(line), systemClock.now);
  const lock = lockDataFolder(options.dataDir, process.pid);
  undo.push(() => lock.release());
  const { stores, runnerEnv: storeEnv, close } = await openStores(options);
  undo.push(close);
  const launcher = localLauncher(options, io, log, storeEnv, (taskId) => loop.nudge(taskId));
  undo.push(() => launcher.close());
  const around = systemSurroundings(log);
  const loop = new ReconcileLoop({ ...around, stores, launcher }, RECONCILE_INTERVAL_MS);
  const network = networkPolicy({ networks: options.networks, loopback: true });
  const app = createApp({
    ...around,
    stores,
    ...createProbes({ ...localAccess(io.env), network }),
    hosts: createHostPolicy(network, addressesOf),
    nudge: async (taskId) => loop.nudge(taskId),
    access: options.access,
    newId: randomUUID,
    version: manifest.version,
  });
  const server = await serveHttp(app, options.host, options.port);
  undo.push(() => server.close(REQUESTS_WITHIN_MS));
  loop.start();
  // Before the runners are asked to drain nothing may start them again.
  undo.push(() => loop.stop());
  announce(options, io, server.url, undo);
  if (!io.signal.aborted) {
    await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
  }
  log.info('shutting_down');
}

function announce(options: UpOptions, io: CliIo, url: string, undo: Undo): void {
  const { readyFile } = options;
  if (readyFile !== null) {
    writeFileSync(readyFile, `${JSON.stringify({ url, pid: process.pid })}\n`);
    undo.push(() => rmSync(readyFile, { force: true }));
  }
  const open = isLoopback(options.host) ? `${url}/docs` : url;
  io.stderr.write(`galaxy up on ${open} (data in ${options.dataDir})\n`);
}

/** `galaxy up`: the control plane and its runners on this machine. Wanted tasks stay wanted over its end. */
export async function up(args: string[], io: CliIo): Promise<number> {
  const options = readUpOptions(args, io.env);
  if (options === null) {
    io.stdout.write(UP_HELP);
    return 0;
  }
  const undo: Undo = [];
  try {
    await run(options, io, undo);
  } finally {
    for (const step of undo.reverse()) await step();
  }
  return 0;
}
