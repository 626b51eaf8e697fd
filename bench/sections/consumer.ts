/**
 * Reads a topic as a consumer of any service would, and says the times from commit to receipt. Argument: JSON as
 * below. Prints `{"ready":true}`, and after `messages` messages the figures. kafkajs, whatever galaxy produces with.
 */
import { Kafka, logLevel } from 'kafkajs';
import '../../core/kafka/codecs.ts';
import { nowUs, Receipts } from './receipts.ts';

export interface ConsumerOrder {
  readonly broker: string;
  readonly topic: string;
  readonly messages: number;
  readonly skip: number;
}

const { broker, topic, messages, skip } = JSON.parse(process.argv[2] ?? '{}') as ConsumerOrder;
const receipts = new Receipts(skip);
const done = Promise.withResolvers<void>();
const kafka = new Kafka({ clientId: 'galaxy-bench', brokers: [broker], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `bench-${topic}`, readUncommitted: false });
consumer.on('consumer.group_join', () => process.stdout.write('{"ready":true}\n'));
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    const receivedUs = nowUs();
    for (const { value } of batch.messages) receipts.take(value?.toString('utf8') ?? '', receivedUs);
    if (receipts.seen >= messages) done.resolve();
  },
});
await done.promise;
process.stdout.write(`${JSON.stringify(receipts.figures())}\n`);
await consumer.disconnect();
