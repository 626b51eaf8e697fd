import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ServersError } from '../provider.ts';
import { exists } from './cache.ts';
import { type DebRequest, downloadDebs, unpackDebs } from './debian.ts';
import type { NativeContext } from './tools.ts';

/** Packages unpacked with all that they depend on, the C library included. */
export interface DebianTree {
  readonly root: string;
}

export async function debianTree(
  context: NativeContext,
  root: string,
  request: Omit<DebRequest, 'deps'> & { readonly exclude: readonly string[] },
): Promise<void> {
  const debs = await downloadDebs(context, { ...request, deps: true });
  await unpackDebs(context, debs, root, ['*/gconv/*', './usr/lib/udev', './lib/udev', ...request.exclude]);
}

/** A program of the tree, run by the tree's own dynamic loader, whatever C library the host has. */
export async function treeCommand(tree: DebianTree, program: string): Promise<[string, ...string[]]> {
  const { root } = tree;
  const triplet = process.arch === 'x64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';
  const folders = [`lib/${triplet}`, `usr/lib/${triplet}`, 'lib', 'usr/lib'].map((name) => join(root, name));
  const file = join(root, program);
  for (const folder of ['lib64', 'usr/lib64', 'lib', 'usr/lib', `usr/lib/${triplet}`]) {
    const names = await readdir(join(root, folder)).catch(() => []);
    const loader = names.find((name) => /^ld-linux-.*\.so\.\d+$/.test(name));
    if (loader === undefined || !(await exists(join(root, folder, loader)))) continue;
    const libraries = folders.slice(0, 2).join(':');
    return [
      join(root, folder, loader),
      '--inhibit-cache',
      '--library-path',
      libraries,
      '--argv0',
      file,
      file,
    ];
  }
  throw new ServersError(`The unpacked packages in ${root} hold no dynamic loader`);
}
