import { randomBytes } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { gzipOf, zstdOf } from '../../../../../runner/sinks/kafka/records/compress.ts';

test('zstd and gzip give the same bytes again, of whatever length they come to, on this thread and on another', async () => {
  // what fills a piece of the output to its last byte is among them, and what goes to another thread
  const near = Array.from({ length: 60 }, (_, more) =>
    Buffer.concat([randomBytes(20_000), Buffer.alloc(20_130 + more)]),
  );
  const large = Buffer.concat([randomBytes(1_000_000), Buffer.alloc(4_000_000, 'text ')]);
  for (const bytes of [Buffer.from('a'), randomBytes(300_000), ...near, large]) {
    expect(zstdDecompressSync(await zstdOf(bytes)).equals(bytes)).toBe(true);
    expect(gunzipSync(await gzipOf(bytes)).equals(bytes)).toBe(true);
  }
});
