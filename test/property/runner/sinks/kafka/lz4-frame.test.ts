import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { decompressFrameSync } from 'lz4-napi';
import { expect, test } from 'vitest';
import { ProduceKernel } from '../../../../../runner/sinks/kafka/kernel/produce-kernel.ts';
import { crc32c } from '../../../../../runner/sinks/kafka/records/crc32c.ts';
import { readLz4Frame } from '../../../../support/lz4-frame.ts';

const kernel = new ProduceKernel();
const MIB = 1_048_576;

/** Texts that are alike in their parts, as rows of one table are. */
function rows(length: number, seed: number): Buffer {
  let text = '';
  for (let row = seed; text.length < length; row += 1) {
    const note = row % 3 === 0 ? null : 'note '.repeat(row % 7);
    text += JSON.stringify({
      id: row,
      amount: (row * 7919) % 100_003,
      note,
      at: 1_795_792_718_505_514 + row * 17,
    });
  }
  return Buffer.from(text.slice(0, length));
}

function runs(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, turn = seed; at < length; turn += 1) {
    const end = Math.min(length, at + 1 + ((turn * 7919) % 70_000));
    bytes.fill(turn * 31, at, end);
    at = end;
  }
  return bytes;
}

const KINDS = {
  random: (length: number) => randomBytes(length),
  rows,
  runs,
  zeros: (length: number) => Buffer.alloc(length),
  mixed: (length: number, seed: number) =>
    Buffer.concat([rows(length >> 1, seed), randomBytes(length >> 2), rows(length, 3 * seed)]).subarray(
      0,
      length,
    ),
} as const;

const kinds = fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[]));
const lengths = fc.oneof(
  fc.nat(40),
  fc.nat(3_000),
  fc.nat(300_000),
  // around a block's end, and what is more than the kernel holds
  fc.constantFrom(262_143, 262_144, 262_145, 262_156, 262_160, 524_288, 524_300, 3 * MIB - 1, 3 * MIB),
);

test('frames are of the format, to the letter, and give the same bytes again', () => {
  fc.assert(
    fc.property(kinds, lengths, fc.nat(1_000), (kind, length, seed) => {
      const bytes = KINDS[kind](length, seed);
      const frame = kernel.lz4Of(bytes);
      expect(readLz4Frame(frame).equals(bytes)).toBe(true);
      expect(decompressFrameSync(frame).equals(bytes)).toBe(true);
      // what can't be compressed is stored
      expect(frame.length).toBeLessThanOrEqual(length + 15 + 4 * Math.ceil(length / 262_144));
      if (kind !== 'random' && kind !== 'mixed' && length > 3_000)
        expect(frame.length).toBeLessThan(length / 2);
    }),
    { numRuns: 150 },
  );
});

test('every length up to some hundreds', () => {
  for (let length = 0; length < 400; length += 1) {
    for (const kind of ['rows', 'runs', 'zeros'] as const) {
      const bytes = KINDS[kind](length, length);
      expect(readLz4Frame(kernel.lz4Of(bytes)).equals(bytes)).toBe(true);
    }
  }
});

test('the checksum is that by tables', () => {
  const lengthsOfCrc = fc.oneof(fc.nat(300), fc.nat(40_000), fc.nat(1_000_000));
  fc.assert(
    fc.property(lengthsOfCrc, fc.nat(63), (length, shift) => {
      const at = 2 * MIB + shift;
      const bytes = randomBytes(length);
      kernel.memory.bytes.set(bytes, at);
      expect(kernel.crc32c(at, at + length)).toBe(crc32c(bytes));
    }),
    { numRuns: 300 },
  );
});
