/** The native package that the runner's file needs beside it, for the machine that it will run on. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export type Architecture = 'x64' | 'arm64';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/**
 * Puts lz4-napi and its binary for Linux (glibc) of an architecture under `outdir`/node_modules. npm has installed the
 * one of this machine; that of another is fetched from the registry and held against the lockfile, so that an image for
 * ARM64 can be built on x64 without emulation.
 */
export async function copyNative(outdir: string, architecture: Architecture): Promise<void> {
  const modules = join(outdir, 'node_modules');
  const parts = ['index.js', 'package.json', 'LICENSE'];
  for (const part of parts)
    await cp(join(ROOT, 'node_modules/lz4-napi', part), join(modules, 'lz4-napi', part));
  const name = `@antoniomuso/lz4-napi-linux-${architecture}-gnu`;
  const target = join(modules, name);
  const installed = installedAt(name);
  if (installed === null) await fetchPackage(name, target);
  else await cp(installed, target, { recursive: true });
}

function installedAt(name: string): string | null {
  try {
    return dirname(
      createRequire(join(ROOT, 'node_modules/lz4-napi/index.js')).resolve(`${name}/package.json`),
    );
  } catch {
    return null;
  }
}

async function fetchPackage(name: string, target: string): Promise<void> {
  const { version, integrity } = await locked(name);
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-native-'));
  try {
    const args = ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`];
    const { stdout } = await run('npm', args, { cwd: folder });
    const archive = join(folder, stdout.trim().split('\n').at(-1) ?? '');
    const found = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (found !== integrity) throw new Error(`${name}@${version} is not what package-lock.json names`);
    await mkdir(target, { recursive: true });
    await run('tar', ['-xzf', archive, '-C', target, '--strip-components=1']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function locked(name: string): Promise<Locked> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const found = packages[`node_modules/${name}`];
  if (found === undefined) throw new Error(`package-lock.json does not name ${name}`);
  return found;
}
