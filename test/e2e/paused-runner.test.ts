import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KafkaCluster } from '../../runner/sinks/kafka/cluster.ts';
import { readBatches } from '../../runner/sinks/kafka/records/records-reader.ts';
import { FETCH, ISOLATION, LATEST, LIST_OFFSETS } from '../../runner/sinks/kafka/wire/fetch.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers, testServers } from '../support/servers.ts';

let galaxy: Galaxy;
let playground: Playground;
let cluster: KafkaCluster;

beforeEach(async () => {
  galaxy = await Galaxy.up();
  const address = (mysqlServers().find(({ name }) => name === 'mysql97') ?? mysqlServers()[0])?.address;
  const { kafka } = testServers();
  if (address === undefined || kafka === null) throw new Error('The tests have no MySQL or no Kafka');
  playground = await Playground.open(galaxy.api, address, { tables: ['orders'] });
  cluster = new KafkaCluster(
    { brokers: kafka.brokers, sasl: null, tls: null, clientId: 'test' },
    { connectMs: 5_000, requestMs: 30_000 },
  );
});

afterEach(async () => {
  cluster.close();
  await playground.close();
  await galaxy.down();
});

async function endOf(topic: string): Promise<bigint> {
  const connection = await cluster.any();
  const { offset } = await connection.send(LIST_OFFSETS, (body) =>
    body
      .int32(-1)
      .int8(ISOLATION)
      .array([topic], (name) => body.string(name).array([0], (index) => body.int32(index).int64(LATEST))),
  );
  return offset;
}

/** Who wrote what stands from this offset on: the ids of the producers, in order. */
async function producersFrom(topic: string, from: bigint): Promise<bigint[]> {
  const connection = await cluster.any();
  const end = await endOf(topic);
  const producers: bigint[] = [];
  for (let offset = from; offset < end; ) {
    const { records } = await connection.send(FETCH, (body) =>
      body
        .int32(-1)
        .int32(500)
        .int32(1)
        .int32(1_048_576)
        .int8(ISOLATION)
        .array([topic], (name) =>
          body.string(name).array([0], (index) => body.int32(index).int64(offset).int32(1_048_576)),
        ),
    );
    const batches = readBatches(records).filter(({ lastOffset }) => lastOffset >= offset);
    if (batches.length === 0) throw new Error(`nothing at ${offset}`);
    for (const batch of batches) {
      producers.push(batch.producerId);
      offset = batch.lastOffset + 1n;
    }
  }
  return producers;
}

async function until(done: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await done())) {
    if (Date.now() > endMs) throw new Error('not in time');
    await sleep(100);
  }
}

test('a runner that stands still for longer than its lease is replaced, and sends nothing more when it wakes up', async () => {
  await playground.post();
  const topic = playground.topic('orders');
  playground.writer.start(500);
  await playground.reader.until((messages) => messages.length >= 300, 60_000);
  const [paused = 0] = await galaxy.runners();
  const first = (await producersFrom(topic, 0n)).at(-1);
  process.kill(paused, 'SIGSTOP');
  // The second one takes over when the lease has run out, and sends.
  const stoppedAt = await endOf(topic);
  await until(async () => (await producersFrom(topic, stoppedAt)).some((id) => id !== first), 120_000);
  const woken = await endOf(topic);
  try {
    process.kill(paused, 'SIGCONT');
  } catch {
    // Its supervisor may have ended it meanwhile: then it sends nothing, which is what is wanted.
  }
  const before = playground.reader.messages.length;
  await playground.reader.until((messages) => messages.length >= before + 1_000, 60_000);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  const writers = new Set(await producersFrom(topic, woken));
  expect(writers.size).toBe(1);
  expect(writers.has(first ?? -1n)).toBe(false);
});
