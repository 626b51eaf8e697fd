/**
 * What the emulator tests run on: a Docker engine with the runner's base image, and an emulator of AWS. Each may be
 * absent with the reason; what this machine should have and has not is an error.
 */
import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasImages } from '../compose/docker.ts';
import { type DockerEngine, findEngine } from '../docker/engine.ts';
import { importNodeBase } from '../docker/node-base.ts';
import { cacheFolder } from '../native/cache.ts';
import type { NativeContext } from '../native/tools.ts';
import type { StartOptions } from '../provider.ts';
import { Supervisor } from '../supervisor.ts';
import { ministackObstacle, startMinistack } from './ministack.ts';

type Missing = { readonly missing: string };

export interface Emulator {
  /** `base`: what the runner's image is built on; null: what the Dockerfile names. */
  readonly docker: (DockerEngine & { readonly base: string | null }) | Missing;
  readonly aws: { readonly endpoint: string } | Missing;
}

export interface RunningEmulator {
  readonly emulator: Emulator;
  stop(): Promise<void>;
}

/** `image`: the base that the Dockerfile names. */
export async function startEmulator(image: string, { env, log }: StartOptions): Promise<RunningEmulator> {
  const supervisor = new Supervisor();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'galaxy-emulator-'));
    supervisor.removeAtEnd(folder);
    await chmod(folder, 0o755);
    const cache = cacheFolder(env);
    await mkdir(cache, { recursive: true });
    const context: NativeContext = { supervisor, cache, folder, log, env };
    const [docker, obstacle] = await Promise.all([startDocker(context, image), ministackObstacle(context)]);
    const engine = 'missing' in docker ? null : docker;
    const own = env.AWS_ENDPOINT_URL ?? '';
    const aws =
      own !== ''
        ? { endpoint: own }
        : obstacle === null
          ? { endpoint: await startMinistack(context, engine) }
          : { missing: obstacle };
    for (const [name, part] of Object.entries({ docker, aws }))
      log('missing' in part ? `${name}: none, ${part.missing}` : `${name} is up`);
    return { emulator: { docker, aws }, stop: () => supervisor.close() };
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function startDocker(context: NativeContext, image: string): Promise<Emulator['docker']> {
  const found = await findEngine(context);
  if (found.kind === 'none') return { missing: found.reason };
  const { engine } = found;
  if (process.platform !== 'linux')
    return { missing: 'the tests run containers on the network of a Linux host' };
  const pulls = (name: string): void => context.log(`Docker pulls ${name}`);
  const real = !engine.own && (await hasImages([image], { ...context.env, ...engine.env }, pulls));
  return { ...engine, base: real ? null : await importNodeBase(context, engine) };
}
