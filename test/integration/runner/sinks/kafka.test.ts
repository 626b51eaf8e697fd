import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import '../../../../core/kafka/codecs.ts';
import type { Compression, KafkaSettings } from '../../../../core/kafka/settings.ts';
import { MessageBatch } from '../../../../core/message-batch.ts';
import { KafkaSink } from '../../../../runner/sinks/kafka/kafka-sink.ts';
import { TransactionalKafkaSink } from '../../../../runner/sinks/kafka/transactional-sink.ts';
import { FaultProxy } from '../../../support/fault-proxy.ts';
import { ensureTopics } from '../../../support/kafka-topics.ts';
import { testServers } from '../../../support/servers.ts';

const kafka = testServers().kafka;
if (kafka === null) throw new Error('this test needs a Kafka');
const [brokerHost = '', brokerPort = ''] = (kafka.brokers[0] ?? '').split(':');
const settings = (brokers: readonly string[] = kafka.brokers): KafkaSettings => ({
  brokers,
  sasl: null,
  tls: null,
  clientId: 'test',
});
const free = (): void => undefined;
const fresh = (): string => `sink-${randomBytes(5).toString('hex')}`;

let client: Kafka;
const closing: (() => Promise<void>)[] = [];
beforeAll(() => {
  client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Read {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
}

/** What a reader with read_committed sees, until `count` have come and then nothing for a while. */
async function readAll(topic: string, count: number): Promise<Read[]> {
  const consumer = client.consumer({ groupId: fresh(), maxWaitTimeInMs: 100 });
  const messages: Read[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let lastAtMs = Date.now();
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      lastAtMs = Date.now();
      messages.push({
        partition,
        key: message.key?.toString() ?? null,
        value: message.value?.toString() ?? '',
      });
    },
  });
  const endMs = Date.now() + 20_000;
  while (Date.now() < endMs && (messages.length < count || Date.now() - lastAtMs < 500)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await consumer.disconnect();
  return messages;
}

function batchOf(topic: string, from: number, count: number, padding = ''): MessageBatch {
  const batch = new MessageBatch();
  for (let index = from; index < from + count; index += 1)
    batch.add(topic, `k${index % 50}`, `${index}${padding}`);
  return batch;
}

const valuesOf = (messages: readonly Read[]): number[] =>
  messages.map(({ value }) => Number.parseInt(value, 10)).sort((a, b) => a - b);

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Each key's messages in the order of the writes. */
function inOrder(messages: readonly Read[]): boolean {
  const last = new Map<string | null, number>();
  return messages.every(({ key, value }) => {
    const number = Number.parseInt(value, 10);
    const isNext = number > (last.get(key) ?? -1);
    last.set(key, number);
    return isNext;
  });
}

async function opened<Any extends KafkaSink | TransactionalKafkaSink>(sink: Any): Promise<Any> {
  closing.push(() => sink.close());
  await sink.open();
  return sink;
}

async function proxied(): Promise<FaultProxy> {
  const proxy = await FaultProxy.before({ host: brokerHost, port: Number(brokerPort) }, { rewrite: true });
  closing.push(() => proxy.close());
  return proxy;
}

describe('at least once', () => {
  test.each<Compression>(['none', 'gzip', 'lz4', 'zstd'])(
    '%s comes whole and in order',
    async (compression) => {
      const topic = fresh();
      const sink = await opened(new KafkaSink(settings(), { compression, partitions: 3 }));
      const writes = range(10).map((turn) =>
        sink.write(batchOf(topic, turn * 300, 300, ' text '.repeat(20))),
      );
      await Promise.all(writes);
      const messages = await readAll(topic, 3_000);
      expect(valuesOf(messages)).toEqual(range(3_000));
      expect(inOrder(messages)).toBe(true);
      expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    },
  );

  // a broker that keeps batches in another form reads ours with Kafka's own code, whole; the other way it is kafkajs
  test.each(['producer', 'uncompressed'])(
    'large batches in lz4 are read again where the topic keeps them as %s',
    async (type) => {
      const topic = fresh();
      await ensureTopics(settings(), [{ topic, partitions: 2, configs: { 'compression.type': type } }]);
      const sink = await opened(new KafkaSink(settings(), { compression: 'lz4' }));
      const values = range(3_000).map((index) => {
        const noise =
          index % 7 === 0 ? randomBytes(index % 3_000).toString('base64') : 'note '.repeat(index % 90);
        return `${index} {"id":${index},"amount":${(index * 7919) % 100_003},"note":"${noise}","at":${1_795_792_718_505 + index}}`;
      });
      const batch = new MessageBatch();
      for (const [index, value] of values.entries()) batch.add(topic, `k${index % 50}`, value);
      expect(batch.length).toBeGreaterThan(1_000_000);
      await sink.write(batch);
      const messages = await readAll(topic, values.length);
      const read = messages
        .map(({ value }) => value)
        .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
      expect(read).toEqual(values);
      expect(inOrder(messages)).toBe(true);
    },
  );

  test('connections that are cut in the middle of writes neither lose, repeat nor reorder a message', async () => {
    const proxy = await proxied();
    const topic = fresh();
    const sink = await opened(
      new KafkaSink(settings([`127.0.0.1:${proxy.port}`]), { compression: 'lz4', partitions: 4 }),
    );
    const writes: Promise<void>[] = [];
    for (let turn = 0; turn < 200; turn += 1) {
      writes.push(sink.write(batchOf(topic, turn * 50, 50, ' text '.repeat(30))));
      if (turn % 20 === 10) proxy.cut();
      if (turn % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(writes);
    const messages = await readAll(topic, 10_000);
    expect(valuesOf(messages)).toEqual(range(10_000));
    expect(inOrder(messages)).toBe(true);
  });

  test('batches above the limit of their topic are made smaller; a message above it is told', async () => {
    const topic = fresh();
    await ensureTopics(settings(), [{ topic, partitions: 1, configs: { 'max.message.bytes': '5000' } }]);
    const sink = await opened(new KafkaSink(settings(), { compression: 'none' }));
    await Promise.all([0, 1, 2].map((turn) => sink.write(batchOf(topic, turn * 100, 100, 'x'.repeat(200)))));
    const messages = await readAll(topic, 300);
    expect(valuesOf(messages)).toEqual(range(300));
    expect(inOrder(messages)).toBe(true);
    await expect(sink.write(batchOf(topic, 300, 1, 'x'.repeat(6_000)))).rejects.toMatchObject({
      code: 'CDC_SINK_MESSAGE_TOO_LARGE',
      retryable: false,
    });
    await expect(sink.write(batchOf(topic, 301, 1))).rejects.toMatchObject({
      code: 'CDC_SINK_MESSAGE_TOO_LARGE',
    });
  });

  test('messages without a key come as well', async () => {
    const topic = fresh();
    const sink = await opened(new KafkaSink(settings(), { compression: 'none', partitions: 3 }));
    const batch = new MessageBatch();
    for (const index of range(100)) batch.add(topic, null, String(index));
    await sink.write(batch);
    const messages = await readAll(topic, 100);
    expect(valuesOf(messages)).toEqual(range(100));
    expect(messages.every(({ key }) => key === null)).toBe(true);
  });

  test('where the guard says no, nothing is sent', async () => {
    const topic = fresh();
    let isAllowed: boolean = true;
    const guard = (): void => {
      if (!isAllowed) throw new Error('the lease is over');
    };
    const sink = await opened(new KafkaSink(settings(), { compression: 'none', partitions: 1 }, guard));
    await sink.write(batchOf(topic, 0, 10));
    isAllowed = false;
    await expect(sink.write(batchOf(topic, 10, 10))).rejects.toThrow('the lease is over');
    expect(valuesOf(await readAll(topic, 10))).toEqual(range(10));
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('logs in by %s', async (mechanism) => {
    const topic = fresh();
    const login = (password: string): KafkaSettings => ({
      ...settings(kafka.saslBrokers),
      sasl: { mechanism, username: kafka.user, password },
    });
    const sink = await opened(new KafkaSink(login(kafka.password), { compression: 'none', partitions: 1 }));
    await sink.write(batchOf(topic, 0, 5));
    expect(valuesOf(await readAll(topic, 5))).toEqual(range(5));
    await expect(new KafkaSink(login('wrong'), { compression: 'none' }).open()).rejects.toMatchObject({
      code: 'CDC_SINK_ACCESS_DENIED',
      retryable: false,
    });
  });
});

describe('exactly once', () => {
  const options = { compression: 'lz4', partitions: 2 } as const;
  const transactional = (taskId: string, brokers?: readonly string[]): TransactionalKafkaSink =>
    new TransactionalKafkaSink(settings(brokers), options, taskId, free);
  const committed = (batch: MessageBatch, mark: string, messages = batch.count): MessageBatch => {
    batch.commit = { messages, mark };
    return batch;
  };

  test('only what stands before a commit is seen, and the mark of the last commit is given back', async () => {
    const [topic, taskId] = [fresh(), fresh()];
    const first = await opened(transactional(taskId));
    expect(first.marks.last).toBeNull();
    await first.write(committed(batchOf(topic, 0, 100), 'mark-1'));
    await first.write(committed(batchOf(topic, 100, 100), 'mark-2', 40));
    await first.write(batchOf(topic, 200, 50));
    expect(valuesOf(await readAll(topic, 140))).toEqual(range(140));
    const second = await opened(transactional(taskId));
    expect(second.marks.last).toBe('mark-2');
    await second.write(committed(batchOf(topic, 140, 10), 'mark-3'));
    expect(valuesOf(await readAll(topic, 150))).toEqual(range(150));
  });

  test('the end of a transaction whose messages are out already commits them', async () => {
    const [topic, taskId] = [fresh(), fresh()];
    const sink = await opened(transactional(taskId));
    await sink.write(batchOf(topic, 0, 10));
    await sink.write(committed(new MessageBatch(), 'mark-1'));
    expect(valuesOf(await readAll(topic, 10))).toEqual(range(10));
    expect((await opened(transactional(taskId))).marks.last).toBe('mark-1');
  });

  test('a newer sink of the task fences the older one off', async () => {
    const [topic, taskId] = [fresh(), fresh()];
    const older = await opened(transactional(taskId));
    await older.write(committed(batchOf(topic, 0, 10), 'mark-1'));
    const newer = await opened(transactional(taskId));
    await expect(older.write(committed(batchOf(topic, 900, 10), 'mark-old'))).rejects.toMatchObject({
      code: 'CDC_SINK_ERROR',
    });
    await newer.write(committed(batchOf(topic, 10, 10), 'mark-2'));
    expect(valuesOf(await readAll(topic, 20))).toEqual(range(20));
    expect((await opened(transactional(taskId))).marks.last).toBe('mark-2');
  });

  test('connections that are cut again and again leave every message once', async () => {
    const proxy = await proxied();
    const [topic, taskId] = [fresh(), fresh()];
    const sink = await opened(transactional(taskId, [`127.0.0.1:${proxy.port}`]));
    const writes: Promise<void>[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      writes.push(sink.write(committed(batchOf(topic, turn * 50, 50), `mark-${turn}`)));
      if (turn % 10 === 5) proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(writes);
    const messages = await readAll(topic, 3_000);
    expect(valuesOf(messages)).toEqual(range(3_000));
    expect(inOrder(messages)).toBe(true);
    expect((await opened(transactional(taskId))).marks.last).toBe('mark-59');
  });

  test('the mark is found behind many of other tasks, one of them in an open transaction', async () => {
    const [topic, taskId] = [fresh(), fresh()];
    const sink = await opened(transactional(taskId));
    await sink.write(committed(batchOf(topic, 0, 1), 'mine'));
    // Enough of them that some share its partition, and that one look from the end does not reach it.
    const others = await Promise.all(range(12).map(() => opened(transactional(fresh()))));
    for (const other of others) {
      for (const turn of range(60)) await other.write(committed(batchOf(topic, turn, 1), `other-${turn}`));
      await other.write(batchOf(topic, 0, 1));
    }
    expect((await opened(transactional(taskId))).marks.last).toBe('mine');
  });
});
