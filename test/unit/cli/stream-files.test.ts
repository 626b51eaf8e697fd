/** `galaxy stream --source file://…` of several files, of one that is still written to, and of what is none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { goldenBytes, goldenEvents } from '../../support/binlog-files.ts';
import { readExpected } from '../../support/golden-stream.ts';
import { runStream } from '../../support/run-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'galaxy-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function stream(files: readonly (readonly [string, Buffer])[], ...more: string[]) {
  const urls = files.map(([name, bytes]) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return pathToFileURL(path).href;
  });
  const sources = urls.flatMap((url) => ['--source', url]);
  return runStream([...sources, '--start', 'earliest', '--until', 'now', ...more]);
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const withoutPlace = (text: string) =>
  linesOf(text).map((line) => {
    const { event_header, id, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return rest;
  });

/** The flag that a server clears when it closes the file; the checksum counts it as cleared. */
function opened(name: string): Buffer {
  const bytes = Buffer.from(goldenBytes(name));
  bytes.writeUInt16LE(bytes.readUInt16LE(4 + 17) | 1, 4 + 17);
  return bytes;
}

test.each(['mysql97-full', 'mariadb-full'])('several files come out in their order (%s)', async (name) => {
  const { code, stdout } = await stream([
    ['binlog.000008', goldenBytes(name)],
    ['binlog.000009', goldenBytes(name)],
  ]);
  expect(code).toBe(0);
  const expected = withoutPlace(readExpected(name).stdout);
  expect(withoutPlace(stdout)).toEqual([...expected, ...expected]);
  const ids = linesOf(stdout).map((line) => (JSON.parse(line) as { id: string }).id);
  expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(ids[0]).toMatch(/^0000000008-/);
  expect(ids.at(-1)).toMatch(/^0000000009-/);
});

test('a file that a server still writes to is read as far as its last whole event', async () => {
  const whole = await stream([['binlog.000008', opened('mysql97-full')]]);
  expect(whole).toMatchObject({ code: 0 });
  const half = await stream([['binlog.000008', opened('mysql97-full').subarray(0, -10)]]);
  expect(half).toMatchObject({ code: 0, stdout: whole.stdout });
  const more = await stream([
    ['binlog.000008', opened('mysql97-full').subarray(0, -10)],
    ['binlog.000009', opened('mysql97-full')],
  ]);
  expect(more).toMatchObject({ code: 1, stderr: expect.stringContaining('CDC_BINLOG_CORRUPT') });
});

test.each(['mysql80-full', 'mariadb-full'])('a closed file that is cut short is told (%s)', async (name) => {
  const { code, stdout, stderr } = await stream([['binlog.000008', goldenBytes(name).subarray(0, -10)]]);
  expect(code).toBe(1);
  expect(linesOf(stderr).at(-1)).toMatch(/CDC_BINLOG_CORRUPT: the binlog ends inside the event at \d+/);
  expect(linesOf(stdout).length).toBeGreaterThan(5);
});

test.each([
  [
    'an encrypted file',
    Buffer.concat([Buffer.from('fd62696e', 'hex'), Buffer.alloc(600, 7)]),
    'CDC_EVENT_ENCRYPTED',
  ],
  ['no binlog', Buffer.from('PK\u0003\u0004 something else'), 'CDC_BINLOG_CORRUPT'],
  ['an empty file', Buffer.alloc(0), 'CDC_BINLOG_CORRUPT'],
])('%s is told as what it is', async (_what, bytes, code) => {
  const run = await stream([['binlog.000008', bytes]]);
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(linesOf(run.stderr).at(-1)).toContain(code);
});

test('a changed byte in the middle ends the stream with what came before', async () => {
  const events = goldenEvents('mysql97-full');
  const middle = events.length >> 1;
  const bytes = Buffer.from(goldenBytes('mysql97-full'));
  const at = 4 + events.slice(0, middle).reduce((sum, event) => sum + event.length, 0) + 25;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  const run = await stream([['binlog.000002', bytes]]);
  expect(run.code).toBe(1);
  expect(linesOf(run.stderr).at(-1)).toContain('CDC_BINLOG_CHECKSUM');
  const expected = linesOf(readExpected('mysql97-full').stdout);
  expect(linesOf(run.stdout)).toEqual(expected.slice(0, linesOf(run.stdout).length));
});
