import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder, exists } from './cache.ts';
import { downloadDebs, unpackDebs } from './debian.ts';
import type { NativeContext } from './tools.ts';

/** What Oracle's generic Linux servers link against and a small Debian does not have. */
const LIBRARIES = ['libaio.so.1', 'libnuma.so.1'];

const SYSTEM_FOLDERS = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

/**
 * A folder with the libraries that this machine lacks, for LD_LIBRARY_PATH; undefined where it has them. They
 * are unpacked aside: nothing is installed on the host.
 */
export async function sharedLibraries(context: NativeContext): Promise<string | undefined> {
  const all = await Promise.all(LIBRARIES.map(isInstalled));
  if (all.every((found) => found) && context.env.GALAXY_OWN_LIBRARIES === undefined) return undefined;
  const folder = await cachedFolder(context.cache, 'mysql-libraries', context.log, async (unfinished) => {
    context.log('fetching libaio1 and libnuma1 by apt, unpacked aside');
    const debs = await downloadDebs(context, {
      suite: 'bookworm',
      packages: ['libaio1', 'libnuma1'],
      deps: false,
    });
    await unpackDebs(context, debs, join(unfinished, 'root'), []);
    for (const library of LIBRARIES) await linkLibrary(join(unfinished, 'root'), unfinished, library);
  });
  return folder;
}

async function isInstalled(library: string): Promise<boolean> {
  const found = await Promise.all(SYSTEM_FOLDERS.map((folder) => exists(join(folder, library))));
  return found.includes(true);
}

/** Puts a link to the library, wherever in the unpacked tree it is, into one folder. */
async function linkLibrary(root: string, folder: string, library: string): Promise<void> {
  for (const file of await readdir(root, { recursive: true })) {
    if (file.endsWith(`/${library}`)) await symlink(join('root', file), join(folder, library));
  }
}
