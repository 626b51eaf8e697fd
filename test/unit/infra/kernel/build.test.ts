import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildKernel, ROWS_WASM_FILE } from '../../../../infra/kernel/build.ts';

test('the committed kernel is what its source compiles to (npm run kernel makes it anew)', async () => {
  expect(await readFile(ROWS_WASM_FILE, 'utf8')).toBe(await buildKernel());
});
