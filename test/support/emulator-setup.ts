import { startEmulator } from '../../infra/local/emulator/emulator.ts';
import { dockerfileBase } from './emulator.ts';

/** Starts a Docker engine and the emulator of AWS, unless the caller has. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.GALAXY_EMULATOR !== undefined) return undefined;
  const running = await startEmulator(dockerfileBase(), {
    env: process.env,
    log: (line) => process.stderr.write(`  emulator: ${line}\n`),
  });
  process.env.GALAXY_EMULATOR = JSON.stringify(running.emulator);
  return () => {
    delete process.env.GALAXY_EMULATOR;
    return running.stop();
  };
}
