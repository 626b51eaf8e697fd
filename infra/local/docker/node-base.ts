/**
 * What the runner's image stands on where the real base can't be had: the same Node, and the libraries of Debian 12 that
 * it links against, as an imported image.
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../native/cache.ts';
import { debianTree } from '../native/debian-tree.ts';
import { type NativeContext, runTool } from '../native/tools.ts';
import { type DockerEngine, engineRun } from './engine.ts';

const VERSION = process.versions.node;

/** Imports it and gives its name. */
export async function importNodeBase(context: NativeContext, engine: DockerEngine): Promise<string> {
  const name = `node-base-${VERSION}-${process.arch}`;
  const folder = await cachedFolder(context.cache, name, context.log, async (unfinished) => {
    const root = join(unfinished, 'root');
    await debianTree(context, root, {
      suite: 'bookworm',
      packages: ['base-files', 'libstdc++6'],
      exclude: [],
    });
    await mkdir(join(root, 'usr/local/bin'), { recursive: true });
    await cp(process.execPath, join(root, 'usr/local/bin/node'));
    const options = ['--owner=0', '--group=0', '--numeric-owner'];
    await runTool(context, 'tar', ['-cf', join(unfinished, 'base.tar'), '-C', root, ...options, '.'], 'tar');
    await rm(root, { recursive: true });
  });
  const image = `galaxy/node-base:${VERSION}`;
  const change = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await engineRun(engine, ['import', '--change', change, join(folder, 'base.tar'), image], 120_000);
  return image;
}
