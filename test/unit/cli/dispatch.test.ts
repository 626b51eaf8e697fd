import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { dispatch } from '../../../cli/dispatch.ts';

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[name] += String(chunk);
        done();
      },
    });
  const signal = new AbortController().signal;
  const code = await dispatch(argv, '1.2.3', { stdout: into('out'), stderr: into('err'), env: {}, signal });
  return { code, ...texts };
}

test('--version and --help go to stdout and end with 0', async () => {
  expect(await run('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  const help = await run('--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toContain('usage: galaxy');
});

test('no command, an unknown command and an unknown option are wrong usage', async () => {
  expect(await run()).toMatchObject({ code: 2, out: '' });
  expect(await run('fly')).toMatchObject({ code: 2, out: '', err: expect.stringContaining("'fly'") });
  const option = await run('demo', '--fly');
  expect(option).toMatchObject({ code: 2, out: '' });
  expect(option.err.trimEnd().split('\n')).toHaveLength(1);
});

test('an error is one line on stderr with its code, and ends with 1', async () => {
  const { code, out, err } = await run('verify');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^CDC_NOT_SUPPORTED: .*\n$/);
});
