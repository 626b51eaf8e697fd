import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs';
import { ensureTopics } from '../../../core/kafka/admin.ts';
import { kafkaClient, PATIENT } from '../../../core/kafka/client.ts';
import { kafkaError } from '../../../core/kafka/errors.ts';
import type { Compression, KafkaSettings, KafkaSinkOptions } from '../../../core/kafka/settings.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';

const { CompressionTypes, Partitioners } = kafkajs;

const COMPRESSION: Readonly<Record<Compression, kafkajs.CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

/**
 * Kafka by kafkajs' idempotent producer: acks=all, one request in flight, so that order holds per partition
 * over retries. Partition = murmur2 of the key, as Java does it.
 */
export class KafkaSink implements Sink {
  readonly wants = 'messages';
  readonly #options: KafkaSinkOptions;
  readonly #producer: Producer;
  readonly #admin: Admin;
  readonly #known = new Set<string>();
  /** Writes follow each other; one that failed fails all behind it. */
  #last: Promise<void> = Promise.resolve();

  constructor(settings: KafkaSettings, options: KafkaSinkOptions) {
    const client = kafkaClient(settings, PATIENT);
    this.#options = options;
    this.#admin = client.admin();
    this.#producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  async open(): Promise<void> {
    try {
      await this.#admin.connect();
      await this.#producer.connect();
    } catch (error) {
      await this.close();
      throw kafkaError(error, 'connecting to Kafka');
    }
  }

  write(batch: MessageBatch): Promise<void> {
    this.#last = this.#last.then(() => this.#send(batch));
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]);
  }

  async #send(batch: MessageBatch): Promise<void> {
    const topics = new Map<string, Message[]>();
    for (let i = 0; i < batch.count; i += 1) {
      const topic = batch.topics[batch.topicOf(i)] ?? '';
      const key = batch.hasKey(i) ? batch.bytes.subarray(batch.keyStart(i), batch.keyEnd(i)) : null;
      const message = { key, value: batch.bytes.subarray(batch.keyEnd(i), batch.valueEnd(i)) };
      const messages = topics.get(topic);
      if (messages === undefined) topics.set(topic, [message]);
      else messages.push(message);
    }
    await this.#makeTopics([...topics.keys()].filter((topic) => !this.#known.has(topic)));
    try {
      await this.#producer.sendBatch({
        acks: -1,
        compression: COMPRESSION[this.#options.compression],
        topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })),
      });
    } catch (error) {
      throw kafkaError(error, `sending ${batch.count} messages to Kafka`);
    }
  }

  async #makeTopics(fresh: readonly string[]): Promise<void> {
    if (fresh.length === 0) return;
    const { partitions, replication } = this.#options;
    await ensureTopics(
      this.#admin,
      fresh.map((topic) => ({
        topic,
        ...(partitions === undefined ? {} : { partitions }),
        ...(replication === undefined ? {} : { replication }),
      })),
    );
    for (const topic of fresh) this.#known.add(topic);
  }
}
