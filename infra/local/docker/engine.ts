/**
 * A Docker engine for the image and the emulator: the user's, where one answers that can build; else one of our own, as
 * long as the tests run; else the reason why there can be none here. A reason is for what this machine is; what should
 * work and does not is an error.
 */
import { docker } from '../compose/docker.ts';
import type { NativeContext } from '../native/tools.ts';
import { ownEngineObstacle, startOwnEngine } from './own-engine.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface DockerEngine {
  /** Started here, and ended with what started it. */
  readonly own: boolean;
  /** What its client needs beyond the environment of this process. */
  readonly env: Env;
}

/** Runs its client and gives what that prints. */
export async function engineRun(
  engine: DockerEngine,
  args: readonly string[],
  timeoutMs: number,
): Promise<string> {
  return await docker(args, { ...process.env, ...engine.env }, timeoutMs);
}

export type EngineFound =
  | { readonly kind: 'engine'; readonly engine: DockerEngine }
  | { readonly kind: 'none'; readonly reason: string };

/** GALAXY_DOCKER=own passes over the user's engine, GALAXY_DOCKER=none over both. */
export async function findEngine(context: NativeContext): Promise<EngineFound> {
  const { env } = context;
  if (env.GALAXY_DOCKER === 'none') return { kind: 'none', reason: 'GALAXY_DOCKER=none' };
  if (env.GALAXY_DOCKER !== 'own' && (await usersEngineBuilds(env))) {
    return { kind: 'engine', engine: { own: false, env: { DOCKER_BUILDKIT: '1' } } };
  }
  const obstacle = await ownEngineObstacle(context);
  if (obstacle !== null) {
    const reason = `no Docker engine with buildx answers, and one of our own can't be started: ${obstacle}`;
    return { kind: 'none', reason };
  }
  return { kind: 'engine', engine: { own: true, env: await startOwnEngine(context) } };
}

async function usersEngineBuilds(env: Env): Promise<boolean> {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], env, 5_000);
    await docker(['buildx', 'version'], env, 5_000);
    return true;
  } catch {
    return false;
  }
}
