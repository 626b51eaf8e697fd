import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildKernel, KERNELS } from '../../../../infra/kernel/build.ts';

test.each(KERNELS)(
  'the committed kernel $name is what its source compiles to (npm run kernel makes it anew)',
  async (kernel) => {
    expect(await readFile(kernel.file, 'utf8')).toBe(await buildKernel(kernel));
  },
);
