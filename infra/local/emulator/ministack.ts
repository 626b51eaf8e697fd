/**
 * MiniStack, an emulator of AWS from PyPI: the default where AWS_ENDPOINT_URL names none. Tasks of ECS are containers of
 * the engine that it is given; Lambda functions run as processes of the Node that runs this.
 */
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DockerEngine } from '../docker/engine.ts';
import { cachedFolder } from '../native/cache.ts';
import { freePort } from '../native/ports.ts';
import { lastLines, type NativeContext, runTool, withProgress } from '../native/tools.ts';
import { ServersError } from '../provider.ts';

const VERSION = '1.5.33';
const READY_WITHIN_MS = 60_000;
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** Why this machine can't run it; null where it can. */
export async function ministackObstacle(context: NativeContext): Promise<string | null> {
  const script = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  try {
    await runTool(context, 'python3', ['-c', script], 'python3');
    return null;
  } catch {
    return 'no AWS_ENDPOINT_URL is given, and MiniStack needs Python 3.10 or newer with venv';
  }
}

/** Starts it on a free loopback port and gives its address. */
export async function startMinistack(context: NativeContext, engine: DockerEngine | null): Promise<string> {
  const install = await installed(context);
  const folder = join(context.folder, 'ministack');
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  // Lambda's runtime brings @aws-sdk along; functions are unpacked below this folder, where Node looks for packages too.
  await symlink(MODULES, join(temporary, 'node_modules'));
  const port = await freePort();
  const logFile = join(folder, 'ministack.log');
  const env = {
    ...context.env,
    ...(engine === null ? { DOCKER_HOST: 'unix:///nowhere' } : engine.env),
    PATH: [dirname(process.execPath), context.env.PATH].join(':'),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    PERSIST_STATE: '0',
    STATE_DIR: join(folder, 'state'),
    TMPDIR: temporary,
    LAMBDA_EXECUTOR: 'local',
    LOG_LEVEL: 'INFO',
  };
  const server = await context.supervisor.start({
    program: join(install, 'venv/bin/python'),
    args: ['-m', 'ministack'],
    cwd: folder,
    env,
    logFile,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
    if (!server.running()) break;
    const answer = await fetch(`${endpoint}/_localstack/health`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return endpoint;
  }
  throw new ServersError(`MiniStack did not get ready:\n${await lastLines(logFile)}`);
}

async function installed(context: NativeContext): Promise<string> {
  return await cachedFolder(context.cache, `ministack-${VERSION}`, context.log, async (folder) => {
    const venv = join(folder, 'venv');
    await copyFile(REQUIREMENTS, join(folder, 'requirements.txt'));
    await runTool(context, 'python3', ['-m', 'venv', venv], 'python3 -m venv');
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '-r', REQUIREMENTS];
    await withProgress(context.log, `fetching MiniStack ${VERSION} through pip`, () =>
      runTool(context, join(venv, 'bin/python'), args, 'pip'),
    );
  });
}
