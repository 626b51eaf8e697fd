import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../../infra/local/native/cache.ts';
import { type NativeContext, runTool } from '../../infra/local/native/tools.ts';
import type { BenchContext, Line } from '../lines/line.ts';
import { rowsOf } from '../stream/recorded-stream.ts';
import { peerRange } from './peer-range.ts';
import { peerRun } from './run-peer.ts';

const PACKAGES = [
  { id: 'zongji-vlasky', name: '@vlasky/zongji', version: '0.9.0' },
  { id: 'zongji-powersync', name: '@powersync/mysql-zongji', version: '0.6.2' },
] as const;

/** The JavaScript libraries. They are installed into the cache folder: the project does not depend on them. */
export function zongjiLines(context: BenchContext): Line[] {
  return PACKAGES.map(({ id, name, version }) => ({
    id,
    label: `${name} ${version}: rows as JSON`,
    rows: rowsOf(context.stream.manifest),
    prepare: async () => {
      const entry = await installed(context.native, name, version);
      const reader = join(import.meta.dirname, 'node/read-with-zongji.ts');
      return peerRun(process.execPath, [reader, entry, JSON.stringify(peerRange(context))]);
    },
  }));
}

/** The entry file of the package. */
async function installed(context: NativeContext, name: string, version: string): Promise<string> {
  const folderName = `bench-${name.replace('@', '').replace('/', '-')}-${version}`;
  const folder = await cachedFolder(context.cache, folderName, context.log, async (unfinished) => {
    context.log(`installing ${name} ${version} into the cache folder`);
    const args = ['install', '--prefix', unfinished, '--ignore-scripts', '--no-audit', '--no-fund'];
    await runTool(context, 'npm', [...args, `${name}@${version}`], 'npm install', {
      env: withoutNpm(context),
    });
  });
  const root = join(folder, 'node_modules', name);
  const { main } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { main: string };
  return join(root, main);
}

/** `npm run` tells its children, by variables, to work on this project; this npm must not. */
function withoutNpm(context: NativeContext): Record<string, undefined> {
  const names = Object.keys(context.env).filter((name) => /^(npm_|INIT_CWD$)/i.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
