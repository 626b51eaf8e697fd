import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import '../../core/kafka/codecs.ts';

/** A message of the `galaxy` format, as a consumer sees it. */
export interface ReadMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** The key's JSON text. */
  readonly key: string;
  readonly value: {
    readonly id: string;
    readonly database: string;
    readonly table: string;
    readonly action: string;
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    readonly event_header: Readonly<Record<string, unknown>>;
  };
}

/** Reads topics from their beginning, each from when it comes into being, and keeps all messages. */
export class TopicReader {
  readonly messages: ReadMessage[] = [];
  readonly #kafka: Kafka;
  readonly #consumers: Consumer[] = [];
  readonly #onMessage: (message: ReadMessage) => void;
  readonly #abort = new AbortController();
  #failure: unknown;

  constructor(brokers: readonly string[], onMessage: (message: ReadMessage) => void = () => {}) {
    this.#kafka = new Kafka({
      brokers: [...brokers],
      clientId: 'galaxy-reader',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1_000 },
    });
    this.#onMessage = onMessage;
  }

  /** Begins to read; topics that do not exist yet are waited for. */
  read(topics: readonly string[]): void {
    for (const topic of topics) {
      this.#readTopic(topic).catch((error: unknown) => {
        this.#failure = error;
      });
    }
  }

  /** Waits until the messages are enough; false if they are not in that time. */
  async until(enough: (messages: readonly ReadMessage[]) => boolean, timeoutMs: number): Promise<boolean> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(50)) {
      if (this.#failure !== undefined) throw this.#failure;
      if (enough(this.messages)) return true;
    }
    return enough(this.messages);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#consumers.map((consumer) => consumer.disconnect().catch(() => {})));
  }

  /** Deletes the topics that were read, on brokers that outlive the reader. */
  async removeTopics(): Promise<void> {
    const admin = this.#kafka.admin();
    await admin.connect();
    const topics = [...new Set(this.messages.map((message) => message.topic))];
    await admin.deleteTopics({ topics, timeout: 5_000 }).finally(() => admin.disconnect());
  }

  async #readTopic(topic: string): Promise<void> {
    if (!(await this.#exists(topic))) return;
    const consumer = this.#kafka.consumer({
      groupId: `galaxy-reader-${topic}-${process.pid}-${Math.random().toString(36).slice(2)}`,
      sessionTimeout: 10_000,
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 100,
    });
    this.#consumers.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        const read: ReadMessage = {
          topic,
          partition,
          offset: message.offset,
          key: message.key?.toString() ?? '',
          value: JSON.parse(message.value?.toString() ?? 'null') as ReadMessage['value'],
        };
        this.messages.push(read);
        this.#onMessage(read);
        return Promise.resolve();
      },
    });
  }

  async #exists(topic: string): Promise<boolean> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      while (!this.#abort.signal.aborted) {
        // By list: asking for one topic by name would create it on a broker that creates topics by itself.
        const topics = await admin.listTopics().catch((): string[] => []);
        if (topics.includes(topic)) return true;
        await sleep(100);
      }
      return false;
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }
}
