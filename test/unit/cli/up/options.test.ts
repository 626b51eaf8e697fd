import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { isLoopback, readUpOptions } from '../../../../cli/up/options.ts';

const LINE = `admin:${'ab'.repeat(32)}`;

function tokenFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'galaxy-options-')), 'tokens');
  writeFileSync(file, text);
  return file;
}

test('without options it listens on loopback only, where no token is needed', () => {
  expect(readUpOptions([], {})).toEqual({
    host: '127.0.0.1',
    port: 8689,
    dataDir: resolve('.galaxy'),
    access: { kind: 'loopback' },
    networks: [],
    store: { kind: 'sqlite' },
    readyFile: null,
    env: {},
  });
});

test.each([
  ['127.0.0.1:9000', '127.0.0.1', 9000],
  ['[::1]:9000', '::1', 9000],
  [' localhost:1 ', 'localhost', 1],
])('ListenAddr %j is honoured as in the reference', (ListenAddr, host, port) => {
  expect(readUpOptions([], { ListenAddr })).toMatchObject({ host, port });
});

test('options win over ListenAddr', () => {
  expect(readUpOptions(['--port', '1', '--host', '127.0.0.2'], { ListenAddr: ':9' })).toMatchObject({
    host: '127.0.0.2',
    port: 1,
  });
});

test.each(['nonsense', '1.2.3.4', '1.2.3.4:99999', ':x'])('ListenAddr %j is refused', (ListenAddr) => {
  expect(() => readUpOptions([], { ListenAddr })).toThrow(/ListenAddr/);
});

test.each([
  [['--host', '0.0.0.0'], {}],
  [['--host', '::'], {}],
  [['--host', '192.168.1.5'], {}],
  [['--host', 'example.org'], {}],
  [[], { ListenAddr: ':8689' }],
])('%j with %j is refused without tokens, with what to do', (args, env) => {
  expect(() => readUpOptions(args, env)).toThrow(expect.objectContaining({ code: 'CDC_CONFIG' }));
  const file = tokenFile(`# ours\n${LINE}\n`);
  expect(readUpOptions([...args, '--token-file', file], env)?.access).toMatchObject({
    kind: 'tokens',
    tokens: [{ role: 'admin' }],
  });
});

test.each(['', '# nothing\n', 'admin:short', `root:${'ab'.repeat(32)}`])(
  'the token file %j is refused',
  (text) => {
    expect(() => readUpOptions(['--token-file', tokenFile(text)], {})).toThrow(/token/);
  },
);

test('a token file that is not there is told by name', () => {
  expect(() => readUpOptions(['--token-file', '/nonexistent/tokens'], {})).toThrow(/nonexistent/);
});

test('tokens count on loopback too, where they are given', () => {
  expect(readUpOptions([], { GALAXY_TOKEN_FILE: tokenFile(LINE) })?.access.kind).toBe('tokens');
});

test.each([
  ['localhost', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['128.0.0.1', false],
  ['localhost.example.org', false],
])('is %s a loopback address? %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([[['--port', 'x']], [['--port', '70000']], [['--store', 'redis']], [['--nope']]])(
  '%j is wrong usage',
  (args) => {
    expect(() => readUpOptions(args, {})).toThrow();
  },
);

test('DynamoDB is chosen with its table and endpoint', () => {
  const args = ['--store', 'dynamodb', '--table', 't', '--endpoint', 'http://127.0.0.1:8000'];
  expect(readUpOptions(args, {})?.store).toEqual({
    kind: 'dynamodb',
    table: 't',
    endpoint: 'http://127.0.0.1:8000',
  });
});
