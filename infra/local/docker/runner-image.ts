import { fileURLToPath } from 'node:url';
import { type DockerEngine, engineRun } from './engine.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BUILD_MS = 600_000;

export interface RunnerImage {
  readonly tag: string;
  /** What it stands on; null: what the Dockerfile names. */
  readonly base: string | null;
}

/** Builds runner/Dockerfile over the dist/runner that the bundler has made. */
export async function buildRunnerImage(engine: DockerEngine, { tag, base }: RunnerImage): Promise<void> {
  const args = ['BUNDLE=prebuilt', ...(base === null ? [] : [`NODE_IMAGE=${base}`])];
  const options = args.flatMap((arg) => ['--build-arg', arg]);
  await engineRun(
    engine,
    ['build', '--file', `${ROOT}runner/Dockerfile`, '--tag', tag, ...options, ROOT],
    BUILD_MS,
  );
}
