/** `npm run kernel`: writes the row kernel's WebAssembly anew. */
import { writeFile } from 'node:fs/promises';
import { buildKernel, ROWS_WASM_FILE } from './build.ts';

await writeFile(ROWS_WASM_FILE, await buildKernel());
