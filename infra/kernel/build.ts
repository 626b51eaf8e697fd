/**
 * The row kernel's WebAssembly from its source (AssemblyScript), as text of a module: what is committed as
 * runner/binlog/kernel/rows-wasm.ts, so that running galaxy needs no compiler. A test holds the two equal.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const KERNEL = join(import.meta.dirname, '../../runner/binlog/kernel');
export const ROWS_WASM_FILE = join(KERNEL, 'rows-wasm.ts');

const LINE = 112;

export async function buildKernel(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-kernel-'));
  try {
    const outFile = join(folder, 'rows.wasm');
    const { error, stderr } = await main([
      join(KERNEL, 'assembly/kernel.ts'),
      ...['-o', outFile, '-O3', '--noAssert', '--runtime', 'stub', '--memoryBase', '1024'],
      ...['--importMemory', '--noExportMemory', '--enable', 'simd,bulk-memory', '--use', 'abort='],
    ]);
    if (error !== null) throw new Error(`the kernel does not compile: ${stderr.toString()}`);
    return moduleText(await readFile(outFile));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function moduleText(wasm: Buffer): string {
  const base64 = wasm.toString('base64');
  const lines = Array.from({ length: Math.ceil(base64.length / LINE) }, (_, line) =>
    base64.slice(line * LINE, (line + 1) * LINE),
  );
  return [
    '/** Made by `npm run kernel` from assembly/: not to be edited. */',
    'export const ROWS_WASM =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}
