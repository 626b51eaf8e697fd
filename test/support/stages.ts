import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Counts, countsOfReport, type VitestReport } from './counts.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Env = Readonly<Record<string, string | undefined>>;

/** Runs a program of node_modules with its output on ours; its success is one passed check. */
export async function runProgram(
  name: string,
  file: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Counts> {
  const end = begin(name);
  const code = await run(file, args, process.env, signal);
  end(code === 0);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Runs one vitest project and counts its tests. */
export async function runVitest(project: string, env: Env, signal: AbortSignal): Promise<Counts> {
  const end = begin(`${project} tests`);
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-vitest-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await run('vitest/vitest.mjs', ['run', '--project', project, ...reporters], env, signal);
    const counts = countsOfReport(await readReport(file), code);
    end(counts.failed === 0);
    return counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function begin(name: string): (passed: boolean) => void {
  const started = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  return (passed) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(`== ${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  };
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}

function run(file: string, args: readonly string[], env: Env, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', file), ...args], {
      cwd: ROOT,
      env: { ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', reject);
    child.on('exit', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code);
    });
  });
}
