import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sstPlatform } from '../support/sst/platform.ts';

const ROOT = join(import.meta.dirname, '../..');

test("sst.config.ts and infra/aws are right by the types of SST's components", async () => {
  await sstPlatform(process.env, (line) => process.stderr.write(`sst: ${line}\n`));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'infra/aws'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
