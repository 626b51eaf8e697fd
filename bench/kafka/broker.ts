import type { Admin } from 'kafkajs';
import { kafkaClient, PATIENT } from '../../core/kafka/client.ts';
import { kafkaSettings } from '../../core/kafka/settings.ts';
import { KafkaServer } from '../../infra/local/native/kafka.ts';
import { freePort } from '../../infra/local/native/ports.ts';
import type { NativeContext } from '../../infra/local/native/tools.ts';

/** A Kafka broker of the bench's own; it ends with its supervisor. */
export interface BenchBroker {
  readonly address: string;
  /** Of one partition. */
  createTopic(topic: string): Promise<void>;
  /** Messages that a topic holds in all its partitions, markers of transactions included; then removes it. */
  countAndDelete(topic: string): Promise<number>;
}

/** Started when it is first asked for, and once. */
export function lazyBroker(context: NativeContext): () => Promise<BenchBroker> {
  let broker: Promise<BenchBroker> | undefined;
  return () => {
    broker ??= startBroker(context);
    return broker;
  };
}

async function startBroker(context: NativeContext): Promise<BenchBroker> {
  const ports = { plain: await freePort(), sasl: await freePort(), controller: await freePort() };
  const server = new KafkaServer(context, ports);
  await server.prepare();
  await server.start();
  const address = server.address.brokers[0] ?? '';
  return {
    address,
    createTopic: (topic) =>
      administer(address, async (admin) => {
        await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
      }),
    countAndDelete: (topic) =>
      administer(address, async (admin) => {
        const partitions = await admin.fetchTopicOffsets(topic);
        await admin.deleteTopics({ topics: [topic] });
        return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
      }),
  };
}

async function administer<T>(address: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const settings = kafkaSettings({ brokers: [address], enable_sasl: false }, 'galaxy-bench');
  const admin = kafkaClient(settings, PATIENT).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
