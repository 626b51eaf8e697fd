import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ServersError } from '../provider.ts';

export const COMPOSE_FILE = fileURLToPath(new URL('../../../compose.yaml', import.meta.url));

type Env = Readonly<Record<string, string | undefined>>;

/** Runs the Docker client and gives its stdout; an end other than 0, or none in time, is an error. */
export async function docker(args: readonly string[], env: Env, timeoutMs: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    const options = {
      env: { ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 2 ** 26,
    } as const;
    execFile('docker', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else {
        const why = stderr.trim() === '' ? error.message : stderr.trim().slice(-2_000);
        reject(new ServersError(`docker ${args.slice(0, 6).join(' ')} failed: ${why}`, { cause: error }));
      }
    });
  });
}

/** Whether a Docker engine answers and the client knows `compose`. */
export async function engineAnswers(env: Env): Promise<boolean> {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], env, 5_000);
    await docker(['compose', 'version'], env, 5_000);
    return true;
  } catch {
    return false;
  }
}

/** Whether the engine has these images, or gets them from where it gets images, in bounded time. */
export async function hasImages(
  images: readonly string[],
  env: Env,
  pulling: (image: string) => void,
): Promise<boolean> {
  for (const image of images) {
    const present = await docker(['image', 'inspect', '--format', '{{.Id}}', image], env, 10_000).then(
      () => true,
      () => false,
    );
    if (present) continue;
    pulling(image);
    const pulled = await docker(['pull', '--quiet', image], env, 180_000).then(
      () => true,
      () => false,
    );
    if (!pulled) return false;
  }
  return true;
}
