import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createSqliteStores } from '../../../../core/sqlite/create-stores.ts';
import { storeContract } from '../../../contract/store-contract.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'galaxy-store-'));

storeContract('SQLite', async () => {
  const dataDir = temporary();
  const stores = createSqliteStores({ dataDir });
  const second = createSqliteStores({ dataDir });
  return {
    stores,
    second,
    close: async () => {
      stores.close();
      second.close();
      rmSync(dataDir, { recursive: true });
    },
  };
});

test('what was written is there after kill -9', async () => {
  const dataDir = temporary();
  const module = new URL('../../../../core/sqlite/create-stores.ts', import.meta.url);
  const script =
    `import { createSqliteStores } from ${JSON.stringify(module.href)};` +
    `const stores = createSqliteStores({ dataDir: ${JSON.stringify(dataDir)} });` +
    'for (let i = 0; ; i += 1) {' +
    "await stores.history.append('t', { atMs: i, kind: 'warning', message: String(i) });" +
    'process.stdout.write(String(i) + String.fromCharCode(10)); }';
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script]);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split('\n').length > 50) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  const told = Number(text.trim().split('\n').at(-1));
  const stores = createSqliteStores({ dataDir });
  const page = await stores.history.page('t', { limit: 1 });
  stores.close();
  rmSync(dataDir, { recursive: true });
  expect(Number(page.entries[0]?.message)).toBeGreaterThanOrEqual(told);
});

test('a secret is sealed: the data folder holds its text nowhere, and only its owner reads the files', async () => {
  const dataDir = temporary();
  const stores = createSqliteStores({ dataDir });
  const ref = await stores.secrets.put('t1', 'mysql_config.password', 'S3cret-ümlaut!');
  expect(await stores.secrets.get(ref)).toBe('S3cret-ümlaut!');
  for (const name of readdirSync(dataDir)) {
    expect(readFileSync(join(dataDir, name)).includes('S3cret')).toBe(false);
    if (!name.includes('-')) expect(statSync(join(dataDir, name)).mode & 0o077).toBe(0);
  }
  await stores.secrets.deleteAll('t1');
  await expect(stores.secrets.get(ref)).rejects.toMatchObject({ code: 'CDC_SECRET_MISSING' });
  stores.close();
  rmSync(dataDir, { recursive: true });
});

test('a lost key is told while there are secrets, and never made anew over them', async () => {
  const dataDir = temporary();
  const first = createSqliteStores({ dataDir });
  const ref = await first.secrets.put('t1', 'mysql_config.password', 'S3cret');
  first.close();
  rmSync(join(dataDir, 'secret.key'));
  const stores = createSqliteStores({ dataDir });
  await expect(stores.secrets.get(ref)).rejects.toMatchObject({
    code: 'CDC_SECRET_MISSING',
    hint: expect.stringContaining('secret.key'),
  });
  await expect(stores.secrets.put('t2', 'mysql_config.password', 'x')).rejects.toMatchObject({
    code: 'CDC_CONFIG',
    message: expect.stringContaining('secret.key'),
  });
  stores.close();
  expect(readdirSync(dataDir)).not.toContain('secret.key');
  rmSync(dataDir, { recursive: true });
});

test('a file of a newer version is refused and left as it is', () => {
  const dataDir = temporary();
  createSqliteStores({ dataDir }).close();
  const db = new DatabaseSync(join(dataDir, 'galaxy.db'));
  db.exec('PRAGMA user_version = 999');
  db.close();
  expect(() => createSqliteStores({ dataDir })).toThrow(/newer version/);
  rmSync(dataDir, { recursive: true });
});
