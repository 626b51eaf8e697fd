/**
 * The WebAssembly of a kernel from its source (AssemblyScript), as text of a module: what is committed beside it, so that
 * running galaxy needs no compiler. A test holds the two equal.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

export interface KernelSource {
  readonly name: string;
  /** Where compiling begins. */
  readonly source: string;
  /** The module that is committed, and what it exports. */
  readonly file: string;
  readonly constant: string;
}

const RUNNER = join(import.meta.dirname, '../../runner');
const LINE = 112;

export const KERNELS: readonly KernelSource[] = [
  {
    name: 'rows',
    source: join(RUNNER, 'binlog/kernel/assembly/kernel.ts'),
    file: join(RUNNER, 'binlog/kernel/rows-wasm.ts'),
    constant: 'ROWS_WASM',
  },
  {
    name: 'produce',
    source: join(RUNNER, 'sinks/kafka/kernel/assembly/produce.ts'),
    file: join(RUNNER, 'sinks/kafka/kernel/produce-wasm.ts'),
    constant: 'PRODUCE_WASM',
  },
];

export async function buildKernel({ name, source, constant }: KernelSource): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-kernel-'));
  try {
    const outFile = join(folder, `${name}.wasm`);
    const { error, stderr } = await main([
      source,
      ...['-o', outFile, '-O3', '--noAssert', '--runtime', 'stub', '--memoryBase', '1024'],
      ...['--importMemory', '--noExportMemory', '--enable', 'simd,bulk-memory', '--use', 'abort='],
    ]);
    if (error !== null) throw new Error(`the kernel ${name} does not compile: ${stderr.toString()}`);
    return moduleText(constant, await readFile(outFile));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function moduleText(constant: string, wasm: Buffer): string {
  const base64 = wasm.toString('base64');
  const lines = Array.from({ length: Math.ceil(base64.length / LINE) }, (_, line) =>
    base64.slice(line * LINE, (line + 1) * LINE),
  );
  return [
    '/** Made by `npm run kernel` from assembly/: not to be edited. */',
    `export const ${constant} =`,
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}
