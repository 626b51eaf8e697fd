/** `npm run kernel`: writes the WebAssembly of the kernels anew. */
import { writeFile } from 'node:fs/promises';
import { buildKernel, KERNELS } from './build.ts';

for (const kernel of KERNELS) await writeFile(kernel.file, await buildKernel(kernel));
