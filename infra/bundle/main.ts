/**
 * `npm run bundle`: dist/, with the size of each file. `npm run bundle -- runner amd64` makes only what the container
 * runs, for amd64 or arm64.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleLambda, bundleRunner, thisArchitecture } from './bundle.ts';

const DIST = join(import.meta.dirname, '../../dist');
/** As Docker names them, and as Node does. */
const ARCHITECTURES = { amd64: 'x64', x64: 'x64', arm64: 'arm64' } as const;

const [what = 'all', architecture = thisArchitecture] = process.argv.slice(2);
if (!['all', 'lambda', 'runner'].includes(what)) throw new Error(`${what} is none of all, lambda, runner`);
if (!(architecture in ARCHITECTURES)) throw new Error(`${architecture} is none of amd64, arm64`);

const folders = ['lambda', 'runner'].filter((folder) => what === 'all' || what === folder);
if (folders.includes('lambda')) await bundleLambda();
if (folders.includes('runner')) await bundleRunner(ARCHITECTURES[architecture as keyof typeof ARCHITECTURES]);
for (const folder of folders) {
  for (const name of await readdir(join(DIST, folder))) {
    if (!name.endsWith('.mjs')) continue;
    const { size } = await stat(join(DIST, folder, name));
    process.stdout.write(`dist/${folder}/${name}: ${(size / 1000).toFixed(0)} kB\n`);
  }
}
