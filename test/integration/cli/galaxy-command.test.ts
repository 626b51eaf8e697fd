import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { expectedForm, goldenArguments, readExpected } from '../../support/golden-stream.ts';

const COMMAND = fileURLToPath(new URL('../../../cli/galaxy.mjs', import.meta.url));
const RUN_CHILD = new URL('../../../cli/run-child.mjs', import.meta.url).href;

function galaxy(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('the command answers, with the exit codes of its contract and no warnings of Node', async () => {
  expect(await galaxy('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
  expect((await galaxy('--version')).stderr).toBe('');
  expect(await galaxy('fly')).toMatchObject({ code: 2, stdout: '' });
  expect(await galaxy('verify')).toMatchObject({ code: 1, stdout: '' });
});

test.each(['mysql97-full', 'mysql97-tags-before'])(
  'the command prints the expected lines of the golden file %s',
  async (name) => {
    expect(expectedForm(await galaxy('stream', ...goldenArguments(name)))).toEqual(readExpected(name));
  },
);

test('the wrapper passes signals and exit codes on', async () => {
  const child = `process.on('SIGTERM', () => process.exit(7)); console.log('ready'); setInterval(() => {}, 1000);`;
  const source = `
    import { runChild } from ${JSON.stringify(RUN_CHILD)};
    process.exitCode = await runChild(process.execPath, ['-e', ${JSON.stringify(child)}]);`;
  const wrapper = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(wrapper.stdout, 'data');
  wrapper.kill('SIGTERM');
  const [code] = await once(wrapper, 'exit');
  expect(code).toBe(7);
});
