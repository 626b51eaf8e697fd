/** Time, chance and names as the machine has them. */
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Surroundings } from './deps.ts';

export function systemSurroundings(log: Log): Surroundings {
  return {
    clock: systemClock,
    random: Math.random,
    async sleep(ms, signal) {
      try {
        await delay(ms, undefined, signal === undefined ? {} : { signal });
      } catch {
        // called off: whoever waits for it has gone on already
        await new Promise(() => {});
      }
    },
    log,
  };
}

/** The addresses of a name; none where it does not resolve. */
export async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map((found) => found.address);
  } catch {
    return [];
  }
}
