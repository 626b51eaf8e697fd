/**
 * What this run of the emulator tests has at hand. The setup puts it into GALAXY_EMULATOR as JSON; tests only read it
 * here, and are skipped, with the reason in their name, where a part can't be had on this machine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type DockerEngine, engineRun } from '../../infra/local/docker/engine.ts';
import { buildRunnerImage } from '../../infra/local/docker/runner-image.ts';
import type { Emulator } from '../../infra/local/emulator/emulator.ts';

export function emulator(): Emulator {
  const text = process.env.GALAXY_EMULATOR;
  if (text === undefined) throw new Error('GALAXY_EMULATOR is not set: run the tests through npm test');
  return JSON.parse(text) as Emulator;
}

/** Why tests that need these parts can't run here; null where they can. */
export function lacking(...parts: readonly (keyof Emulator)[]): string | null {
  for (const name of parts) {
    const part = emulator()[name];
    if ('missing' in part) return part.missing;
  }
  return null;
}

/** For the name of a suite. */
export const because = (reason: string | null): string => (reason === null ? '' : ` (skipped: ${reason})`);

/** The base image that the Dockerfile names. */
export function dockerfileBase(): string {
  const text = readFileSync(new URL('../../runner/Dockerfile', import.meta.url), 'utf8');
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(text)?.[1];
  if (name === undefined) throw new Error('runner/Dockerfile names no NODE_IMAGE');
  return name;
}

export class TestDocker {
  readonly #engine: DockerEngine & { readonly base: string | null };

  constructor() {
    const { docker } = emulator();
    if ('missing' in docker) throw new Error(docker.missing);
    this.#engine = docker;
  }

  /** What the Docker client prints for these arguments. */
  async run(...args: readonly string[]): Promise<string> {
    return (await engineRun(this.#engine, args, 60_000)).trim();
  }

  /** How the Docker client ended, with all that it printed to either stream. */
  async attempt(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    const client = spawn('docker', args, { env: { ...process.env, ...this.#engine.env } });
    let text = '';
    for (const stream of [client.stdout, client.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    const [code] = (await once(client, 'close')) as [number | null];
    return { code: code ?? -1, text: text.trim() };
  }

  /** Builds the runner's image by its Dockerfile. */
  async buildRunner(tag: string): Promise<void> {
    await buildRunnerImage(this.#engine, { tag, base: this.#engine.base });
  }

  get base(): string {
    return this.#engine.base ?? dockerfileBase();
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.#engine.env;
  }
}
