import { readFile } from 'node:fs/promises';
import type { Galaxy } from '../support/playground.ts';

const EVERY_MS = 250;

async function rssBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Keeps the most that any runner has had of memory; `stop` gives it. 0 where the system does not tell. */
export function watchMemory(galaxy: Galaxy): { stop: () => number } {
  let most = 0;
  const timer = setInterval(async () => {
    for (const pid of await galaxy.runners()) most = Math.max(most, await rssBytes(pid));
  }, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}
