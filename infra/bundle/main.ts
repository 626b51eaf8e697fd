/** `npm run bundle`: dist/, with the size of each file. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleLambda, bundleRunner } from './bundle.ts';

const DIST = join(import.meta.dirname, '../../dist');

await bundleLambda();
await bundleRunner();
for (const folder of ['lambda', 'runner']) {
  for (const name of await readdir(join(DIST, folder))) {
    const { size } = await stat(join(DIST, folder, name));
    process.stdout.write(`dist/${folder}/${name}: ${(size / 1000).toFixed(0)} kB\n`);
  }
}
