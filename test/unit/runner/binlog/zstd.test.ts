import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { zstdChunks } from '../../../../runner/binlog/zstd.ts';

/** Half of it compresses well, half of it not at all. */
const LARGE = Buffer.concat([
  Buffer.alloc(4_000_000, 'row '),
  randomBytes(1_000_000),
  Buffer.alloc(3_000_001, 7),
]);

test('gives small output at once', () => {
  const input = Buffer.from('the same text, the same text, the same text');
  expect([...zstdChunks(zstdCompressSync(input), input.length)]).toEqual([input]);
});

test('gives large output in chunks, so that it is never held whole', () => {
  const chunks = [...zstdChunks(zstdCompressSync(LARGE), LARGE.length)];
  expect(chunks.length).toBeGreaterThan(20);
  expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(262_144);
  expect(Buffer.concat(chunks).equals(LARGE)).toBe(true);
});

test('reads frames that follow each other', () => {
  const frames = [LARGE.subarray(0, 3_000_000), LARGE.subarray(3_000_000)].map((part) =>
    zstdCompressSync(part),
  );
  const chunks = [...zstdChunks(Buffer.concat(frames), LARGE.length)];
  expect(Buffer.concat(chunks).equals(LARGE)).toBe(true);
});

test('reads small frames that follow each other', () => {
  const frames = ['one', 'two'].map((text) => zstdCompressSync(Buffer.from(text)));
  expect(Buffer.concat([...zstdChunks(Buffer.concat(frames), 6)]).toString()).toBe('onetwo');
});

test('stops where a large input is cut, and throws where it is damaged', () => {
  const compressed = zstdCompressSync(LARGE);
  const cut = [...zstdChunks(compressed.subarray(0, 500_000), LARGE.length)];
  const length = cut.reduce((sum, chunk) => sum + chunk.length, 0);
  expect(length).toBeLessThan(LARGE.length);
  expect(Buffer.concat(cut).equals(LARGE.subarray(0, length))).toBe(true);
  const damaged = Buffer.from(compressed);
  damaged.fill(0xff, 100, 120);
  expect(() => [...zstdChunks(damaged, LARGE.length)]).toThrow();
});

test('can be left early', () => {
  for (const chunk of zstdChunks(zstdCompressSync(LARGE), LARGE.length)) {
    expect(chunk.length).toBe(262_144);
    break;
  }
});

test('makes no more than the size that was announced, where that is small', () => {
  expect(() => [...zstdChunks(zstdCompressSync(LARGE), 100)]).toThrow();
});
