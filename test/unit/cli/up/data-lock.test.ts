import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lockDataFolder } from '../../../../cli/up/data-lock.ts';

const MODULE = fileURLToPath(new URL('../../../../cli/up/data-lock.ts', import.meta.url));
const folder = (): string => join(mkdtempSync(join(tmpdir(), 'galaxy-lock-')), 'data');

test('a second one is refused, and told who has the folder', () => {
  const dataDir = folder();
  const lock = lockDataFolder(dataDir, process.pid);
  const script = `import('${MODULE}').then((m) => m.lockDataFolder('${dataDir}', 1)).then(() => console.log('got it'), (e) => console.log(e.message))`;
  const said = execFileSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(said).toContain(`another galaxy up (process ${process.pid}) uses ${dataDir}`);
  lock.release();
  lockDataFolder(dataDir, process.pid).release();
});

test('a lock ends with its process, however that ends', async () => {
  const dataDir = folder();
  const script = `import('${MODULE}').then((m) => { globalThis.held = m.lockDataFolder('${dataDir}', process.pid); console.log('locked'); setInterval(() => {}, 1000); })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  expect(() => lockDataFolder(dataDir, process.pid)).toThrow(String(child.pid));
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockDataFolder(dataDir, process.pid).release();
});

test('a folder that can not be made is refused', () => {
  expect(() => lockDataFolder('/dev/null/data', 1)).toThrow(/can't be made/);
});
