import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Supervisor } from '../../../../infra/local/supervisor.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'galaxy-supervisor-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const spec = (program: string, args: string[]) => ({
  program,
  args,
  cwd: folder,
  env: process.env,
  logFile: join(folder, 'log'),
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) if (holds()) return true;
  return holds();
}

test('closing it kills what runs and removes the folders', async () => {
  const supervisor = new Supervisor();
  const program = await supervisor.start(spec('sleep', ['600']));
  const data = await mkdtemp(join(folder, 'data-'));
  supervisor.removeAtEnd(data);
  expect(isAlive(program.pid)).toBe(true);
  await supervisor.close();
  expect(isAlive(program.pid)).toBe(false);
  expect(existsSync(data)).toBe(false);
});

test('a program that ends says how, and its output is in its log', async () => {
  const supervisor = new Supervisor();
  const exit = await supervisor.run(spec('sh', ['-c', 'echo said; exit 3']));
  expect(exit).toMatchObject({ code: 3 });
  expect(await readFile(join(folder, 'log'), 'utf8')).toBe('said\n');
  await supervisor.close();
});

test('a program with a grace gets its SIGTERM first', async () => {
  const supervisor = new Supervisor();
  const args = ['-c', 'trap "echo drained; exit 0" TERM; echo ready; while :; do sleep 0.05; done'];
  await supervisor.start({ ...spec('sh', args), graceMs: 10_000 });
  while (!(await readFile(join(folder, 'log'), 'utf8')).includes('ready')) await sleep(20);
  await supervisor.close();
  expect(await readFile(join(folder, 'log'), 'utf8')).toContain('drained');
});

test('a parent that is killed takes its programs and folders along', async () => {
  const module = fileURLToPath(new URL('../../../../infra/local/supervisor.ts', import.meta.url));
  const data = await mkdtemp(join(folder, 'data-'));
  const source = `
    import { Supervisor } from ${JSON.stringify(module)};
    const supervisor = new Supervisor();
    supervisor.removeAtEnd(${JSON.stringify(data)});
    const program = await supervisor.start(${JSON.stringify(spec('sleep', ['600']))});
    console.log(program.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { value } = await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next();
  const pid = Number(value);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  expect(await until(() => !isAlive(pid))).toBe(true);
  expect(await until(() => !existsSync(data))).toBe(true);
});
