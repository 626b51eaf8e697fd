import { mkdirSync } from 'node:fs';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../provider.ts';

/** Where downloaded servers are kept between runs, for all checkouts of this user. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'galaxy');
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/**
 * A folder of the cache, made once: `build` fills a temporary folder, which is then renamed, so a folder that
 * exists is complete. Two checkouts that want the same one at once: the second waits for the first.
 */
export async function cachedFolder(
  cache: string,
  name: string,
  log: Progress,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  await withLock(cache, name, log, async () => {
    if (await exists(folder)) return;
    await removeLeftovers(cache, name);
    const unfinished = `${folder}.unfinished-${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    try {
      await build(unfinished);
      await rename(unfinished, folder);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  });
  return folder;
}

/** What a build that was cut off left behind; the caller holds the lock, so nobody is at it. */
async function removeLeftovers(cache: string, name: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (entry.startsWith(`${name}.unfinished-`))
      await rm(join(cache, entry), { recursive: true, force: true });
  }
}

/**
 * Runs `work` while no other process of this user holds the lock of that name. SQLite's file lock is what Node
 * offers for that: the system releases it when its holder dies, so there is no stale lock to judge.
 */
export async function withLock(
  cache: string,
  name: string,
  log: Progress,
  work: () => Promise<void>,
): Promise<void> {
  const locks = join(cache, 'locks');
  mkdirSync(locks, { recursive: true });
  const lock = new DatabaseSync(join(locks, `${name}.lock`));
  try {
    for (let tries = 0; !tryLock(lock); tries += 1) {
      if (tries === 8) log(`waiting until ${name} is free`);
      await sleep(250);
    }
    await work();
  } finally {
    lock.close();
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked')) return false;
    throw error;
  }
}
