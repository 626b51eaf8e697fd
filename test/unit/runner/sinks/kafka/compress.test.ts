import { randomBytes } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { gzipOf, zstdOf } from '../../../../../runner/sinks/kafka/records/compress.ts';

const EMPTY_FRAME = '28b52ffd2000010000';

/** What a reader has to take, and that it is one frame: brokers refuse a batch with a second one. */
async function isOneFrame(bytes: Buffer): Promise<boolean> {
  const made = await zstdOf(bytes);
  if (!zstdDecompressSync(made).equals(bytes)) return false;
  return bytes.length > 0 && made.subarray(-9).toString('hex') !== EMPTY_FRAME;
}

test('zstd makes one frame, of whatever length it comes to', async () => {
  // through lengths that are whole pieces of 16 KiB
  for (const length of [16_300, 32_680]) {
    const random = randomBytes(length + 100);
    for (let end = length; end < length + 100; end += 1) {
      expect(await isOneFrame(random.subarray(0, end))).toBe(true);
    }
  }
  // and through those that are a quarter, a half of what they were
  for (const part of [4, 2]) {
    for (let zeros = -160; zeros < 0; zeros += 1) {
      const bytes = Buffer.concat([
        randomBytes(20_000),
        Buffer.alloc(20_000 * (part - 1) + part * 80 + zeros),
      ]);
      expect(await isOneFrame(bytes)).toBe(true);
    }
  }
});

test('large batches, on another thread, are the same', async () => {
  const bytes = Buffer.concat([randomBytes(1_000_000), Buffer.alloc(4_000_000, 'text ')]);
  expect(await isOneFrame(bytes)).toBe(true);
  expect(gunzipSync(await gzipOf(bytes)).equals(bytes)).toBe(true);
});
