import { CdcError } from '../../../core/errors.ts';
import type { KafkaSettings, KafkaSinkOptions } from '../../../core/kafka/settings.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';
import { KafkaCluster } from './cluster.ts';
import { Producer } from './producer.ts';
import { initProducerId } from './producer-id.ts';

export const TIMEOUTS = { connectMs: 5_000, requestMs: 30_000 };
export const CLOSE_WAIT_MS = 5_000;

/**
 * Kafka, at least once: an idempotent producer, acks=all, so that only a sink that was opened anew repeats messages.
 * Partition = murmur2 of the key, as Java does it.
 */
export class KafkaSink implements Sink {
  readonly wants = 'messages';
  readonly #options: KafkaSinkOptions;
  readonly #cluster: KafkaCluster;
  readonly #guard: () => void;
  #producer: Producer | null = null;

  /** `guard` throws where nothing may be sent any more; asked before each request. */
  constructor(settings: KafkaSettings, options: KafkaSinkOptions, guard: () => void = () => undefined) {
    this.#options = options;
    this.#guard = guard;
    this.#cluster = new KafkaCluster(settings, TIMEOUTS);
  }

  async open(): Promise<void> {
    try {
      const { producer } = await initProducerId(this.#cluster, null);
      this.#producer = new Producer({
        cluster: this.#cluster,
        sink: this.#options,
        producer,
        transactionalId: null,
        guard: this.#guard,
      });
    } catch (error) {
      this.#cluster.close();
      throw error;
    }
  }

  write(batch: MessageBatch): Promise<void> {
    if (this.#producer === null) return Promise.reject(new CdcError('CDC_INTERNAL', 'the sink is not open'));
    return this.#producer.write(batch);
  }

  async close(): Promise<void> {
    await this.#producer?.close(CLOSE_WAIT_MS);
    this.#cluster.close();
  }
}
