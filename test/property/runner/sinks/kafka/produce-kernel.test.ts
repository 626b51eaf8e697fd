import { randomBytes } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { decompressFrameSync } from 'lz4-napi';
import { expect, test } from 'vitest';
import type { Compression } from '../../../../../core/kafka/settings.ts';
import { MessageBatch } from '../../../../../core/message-batch.ts';
import { Batcher } from '../../../../../runner/sinks/kafka/batcher.ts';
import { newPartition, type Outgoing, Receipt } from '../../../../../runner/sinks/kafka/outgoing.ts';
import { crc32c } from '../../../../../runner/sinks/kafka/records/crc32c.ts';
import { partitionOf } from '../../../../../runner/sinks/kafka/records/murmur2.ts';
import { batchHead } from '../../../../../runner/sinks/kafka/records/record-batch.ts';
import { RecordsBuilder } from '../../../../../runner/sinks/kafka/records/records-builder.ts';

const PRODUCER = { id: 4_000_000_000_000n, epoch: 7 };
const NOW_MS = 1_700_000_000_123;

const never = (): never => {
  throw new Error('there is one topic');
};

const topicsOf = (counts: readonly number[]) =>
  counts.map((count, number) => ({
    topic: `t${number}`,
    partitions: Array.from({ length: count }, (_, index) => newPartition(`t${number}`, index)),
  }));

function batcherOf(compression: Compression, batchBytesMax: number): Batcher {
  return new Batcher({
    compressionOf: () => compression,
    transactional: true,
    producer: PRODUCER,
    batchBytesMax,
    now: () => NOW_MS,
    onReady: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
}

/** The same messages by the TypeScript alone. */
function byTwin(outgoing: Outgoing): Buffer {
  const builder = new RecordsBuilder(8);
  for (const message of outgoing.messages) builder.append(outgoing.source, message);
  const head = batchHead(builder.records, {
    compression: 'none',
    transactional: true,
    producer: PRODUCER,
    baseSequence: outgoing.baseSequence,
    count: builder.count,
    timestampMs: NOW_MS,
  });
  return Buffer.concat([head, builder.records]);
}

const bytesOf = ({ records }: Outgoing): Buffer => Buffer.concat([...(records ?? [])]);

const size = fc.oneof(
  fc.nat(300),
  fc.nat(20_000),
  // over the edges of one, two and three bytes of a length, and larger than the kernel's memory
  fc.constantFrom(0, 63, 64, 8_191, 8_192, 70_000, 1_048_575, 1_441_000, 1_442_000, 1_700_000),
);
const message = fc.record({
  topic: fc.nat(3),
  key: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: null }),
  size: fc.oneof({ weight: 8, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: size }),
  letter: fc.constantFrom('a', 'b', '\u00e9'),
});

test('batches are those that the TypeScript makes, each key in its partition, in order', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 4, maxLength: 4 }),
      fc.constantFrom(1, 500, 30_000, 900_000),
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      (messages, counts, batchBytesMax, part) => {
        const batch = new MessageBatch(16);
        // numbers of topics that have nothing to do with how many are used
        for (const topic of [3, 9, 0, 1, 2]) batch.topicNumber(`t${topic}`);
        for (const { topic, key, size: length, letter } of messages) {
          batch.add(`t${topic}`, key, letter.repeat(length));
        }
        const [from = 0, to = 0] = part.map((share) => Math.round(share * batch.count)).sort((a, b) => a - b);
        const topics = topicsOf(counts);
        const topicOf = (name: string) => topics[Number(name.slice(1))] ?? { topic: name, partitions: [] };
        batcherOf('none', batchBytesMax).add(batch, from, to, topicOf, new Receipt());
        const seen: number[] = [];
        for (const { topic, partitions } of topics) {
          for (const { index, queue } of partitions) {
            let sequence = 0;
            const ofPartition: number[] = [];
            for (const outgoing of queue) {
              expect(outgoing.baseSequence).toBe(sequence);
              sequence += outgoing.messages.length;
              ofPartition.push(...outgoing.messages);
              expect(bytesOf(outgoing).equals(byTwin(outgoing))).toBe(true);
              const bytes = bytesOf(outgoing).length - 61;
              expect(outgoing.messages.length === 1 || bytes <= batchBytesMax + 48).toBe(true);
            }
            expect(ofPartition).toEqual(ofPartition.toSorted((a, b) => a - b));
            for (const each of ofPartition) {
              expect(batch.topics[batch.topicOf(each)]).toBe(topic);
              if (!batch.hasKey(each)) continue;
              const [start, end] = [batch.keyStart(each), batch.keyEnd(each)];
              expect(partitionOf(batch.bytes, start, end, partitions.length)).toBe(index);
            }
            seen.push(...ofPartition);
          }
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: to - from }, (_, index) => from + index),
        );
      },
    ),
    { numRuns: 120 },
  );
});

test('more partitions or topics than the kernel has room for', () => {
  const [large, other, small] = topicsOf([32_760, 300, 3]);
  if (large === undefined || other === undefined || small === undefined)
    throw new Error('there are three topics');
  const batch = new MessageBatch(16);
  // the places behind its room are those of the first slots, and of the lists
  for (let number = 0; number < 65_536; number += 1) {
    batch.topicNumber(number < 2 ? `t${number}` : `unused${number}`);
  }
  for (let index = 0; index < 90; index += 1) {
    const topic = index % 45 < 8 ? 'beyond' : `t${(index + 1) % 2}`;
    batch.add(topic, `k${index % 40}`, `value ${index}`);
  }
  const topics: Readonly<Record<string, typeof large>> = { t0: large, t1: other, beyond: small };
  batcherOf('none', 900_000).add(batch, 0, batch.count, (name) => topics[name] ?? never(), new Receipt());
  const seen: number[] = [];
  for (const [name, { partitions }] of Object.entries(topics)) {
    for (const { index, queue } of partitions) {
      const messages = queue.flatMap((made) => [...made.messages]);
      for (const made of queue) expect(bytesOf(made).equals(byTwin(made))).toBe(true);
      expect(messages).toEqual(messages.toSorted((a, b) => a - b));
      for (const each of messages) {
        expect(batch.topics[batch.topicOf(each)]).toBe(name);
        const [start, end] = [batch.keyStart(each), batch.keyEnd(each)];
        expect(partitionOf(batch.bytes, start, end, partitions.length)).toBe(index);
      }
      seen.push(...messages);
    }
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: batch.count }, (_, index) => index));
});

test('what is compressed is what the TypeScript makes, whatever it comes to', async () => {
  const decompress = { gzip: gunzipSync, lz4: decompressFrameSync, zstd: zstdDecompressSync };
  for (const compression of ['gzip', 'lz4', 'zstd'] as const) {
    const topics = topicsOf([1]);
    const batch = new MessageBatch(16);
    // from what is not worth it to what is as large as a batch gets, and one that is more than the kernel holds
    for (const length of [10, 100, 1_000, 10_000, 60_000, 100_000, 400_000, 800_000, 1_300_000, 1_600_000]) {
      batch.add('t0', 'k', randomBytes(length).toString('base64').slice(0, length));
      batch.add('t0', 'k', 'text '.repeat(length / 5));
    }
    for (const batchBytesMax of [1, 100_000, 900_000]) {
      batcherOf(compression, batchBytesMax).add(
        batch,
        0,
        batch.count,
        () => topics[0] ?? never(),
        new Receipt(),
      );
      const queue = topics[0]?.partitions[0]?.queue.splice(0) ?? [];
      expect(queue.reduce((sum, { messages }) => sum + messages.length, 0)).toBe(batch.count);
      for (const made of queue) {
        while (made.records === null) await new Promise(setImmediate);
        const bytes = bytesOf(made);
        const isPlain = (bytes.readInt16BE(21) & 7) === 0;
        const records = isPlain ? bytes.subarray(61) : decompress[compression](bytes.subarray(61));
        expect(records.equals(byTwin(made).subarray(61))).toBe(true);
        expect(bytes.readUInt32BE(17)).toBe(crc32c(bytes.subarray(21)));
        expect(bytes.readInt32BE(8)).toBe(bytes.length - 12);
        expect(isPlain).toBe(records.length < 128);
      }
    }
  }
});

test('what is in flight stays as it is while more is made and given back, with room and without', () => {
  const random = fc.sample(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.boolean()), { minLength: 900, maxLength: 900 }),
    { numRuns: 1, seed: 7 },
  );
  const topics = topicsOf([3]);
  const [topic] = topics;
  const batcher = batcherOf('none', 900_000);
  const inFlight: Outgoing[] = [];
  let most = 0;
  for (const [turn, [length, isGiven]] of (random[0] ?? []).entries()) {
    const batch = new MessageBatch(16);
    for (const key of ['a', 'b', 'c', 'd'])
      batch.add('t0', `${key}${turn}`, String.fromCharCode(97 + (turn % 26)).repeat(length));
    batcher.add(batch, 0, 4, () => topic ?? { topic: '', partitions: [] }, new Receipt());
    for (const { queue } of topic?.partitions ?? []) inFlight.push(...queue.splice(0));
    most = Math.max(
      most,
      inFlight.reduce((sum, { records }) => sum + (records?.[0]?.length ?? 0), 0),
    );
    // the first half of the turns fills more than there is room for
    const given = turn < 450 ? Number(isGiven && turn % 5 === 0) : 4;
    for (const each of inFlight.splice((turn * 7) % Math.max(1, inFlight.length - 4), given)) {
      expect(bytesOf(each).equals(byTwin(each))).toBe(true);
      each.release();
    }
  }
  for (const each of inFlight) expect(bytesOf(each).equals(byTwin(each))).toBe(true);
  expect(most).toBeGreaterThan(12_582_912);
});

test('what is written too far, for speed, is never a neighbour', () => {
  const [topic] = topicsOf([1]);
  const [partition] = topic?.partitions ?? [];
  if (topic === undefined || partition === undefined) throw new Error('a topic has a partition');
  const batcher = batcherOf('none', 900_000);
  const make = (letter: string, length: number): Outgoing => {
    const batch = new MessageBatch(16);
    batch.add('t0', 'k', letter.repeat(length));
    batcher.add(batch, 0, 1, () => topic, new Receipt());
    const made = partition.queue.pop();
    if (made === undefined) throw new Error('a batch was made');
    return made;
  };
  // what lies behind the bytes of the next ones where they are copied from
  make('z', 20_000).release();
  // over the sizes that are whole pages
  for (let length = 8_092; length < 8_192; length += 1) {
    const first = make('a', length);
    const second = make('b', length);
    first.release();
    const third = make('c', length);
    for (const each of [second, third]) expect(bytesOf(each).equals(byTwin(each))).toBe(true);
    second.release();
    third.release();
  }
});

test('one that is split is the same messages in two, with their numbers', () => {
  for (const compression of ['none', 'lz4', 'zstd'] as const) {
    const [topic] = topicsOf([1]);
    const [partition] = topic?.partitions ?? [];
    if (topic === undefined || partition === undefined) throw new Error('a topic has a partition');
    const batcher = batcherOf(compression, 900_000);
    const batch = new MessageBatch(16);
    for (let index = 0; index < 101; index += 1) batch.add('t0', `k${index}`, 'value '.repeat(index));
    batcher.add(batch, 3, 101, () => topic, new Receipt());
    const [whole] = partition.queue;
    if (whole === undefined) throw new Error('a batch was made');
    const halves = batcher.split(partition, whole);
    expect(halves.flatMap(({ messages }) => [...messages])).toEqual([...whole.messages]);
    expect(halves.map(({ baseSequence }) => baseSequence)).toEqual([0, 49]);
    for (const half of halves) {
      if (compression === 'none') expect(bytesOf(half).equals(byTwin(half))).toBe(true);
      else expect(bytesOf(half).readInt16BE(21) & 7).toBe(compression === 'lz4' ? 3 : 4);
    }
  }
});
