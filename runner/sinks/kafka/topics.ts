import { setTimeout as sleep } from 'node:timers/promises';
import { CdcError, toCdcError } from '../../../core/errors.ts';
import type { KafkaSinkOptions } from '../../../core/kafka/settings.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { KafkaCluster } from './cluster.ts';
import { brokerError, KAFKA, remedyOf } from './wire/error-codes.ts';

/** A partition's leader changes; the rest of what is kept of it is the producer's. */
export interface TopicState<Partition> {
  readonly topic: string;
  partitions: Partition[];
}

/** Of topics that are made; absent: the broker's default. */
export interface TopicSettings {
  readonly partitions?: number;
  readonly replication?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TopicsOptions<Partition> {
  readonly cluster: KafkaCluster;
  readonly sink: KafkaSinkOptions;
  /** Partitions of the topic that count, where that must not change when some are added to it. */
  readonly partitionsMax?: ((topic: string) => number) | undefined;
  readonly newPartition: (topic: string, index: number) => Partition & { leader: number };
}

/** A topic that was made a moment ago has no leaders yet. */
const LEADERS_WAIT_MS = 30_000;
const STEP_MS = 50;

/** The topics that a sink writes to, with their partitions; those that are missing are made. */
export class Topics<Partition extends { leader: number }> {
  readonly #options: TopicsOptions<Partition>;
  readonly #topics = new Map<string, TopicState<Partition>>();

  constructor(options: TopicsOptions<Partition>) {
    this.#options = options;
  }

  get(topic: string): TopicState<Partition> | undefined {
    return this.#topics.get(topic);
  }

  get all(): Iterable<TopicState<Partition>> {
    return this.#topics.values();
  }

  /** Topics of the messages [from, to) that are not known yet. */
  missing(batch: MessageBatch, from: number, to: number): string[] {
    const missing = new Set<string>();
    let last = -1;
    for (let message = from; message < to; message += 1) {
      const number = batch.topicOf(message);
      if (number === last) continue;
      last = number;
      const topic = batch.topics[number] ?? '';
      if (!this.#topics.has(topic)) missing.add(topic);
    }
    return [...missing];
  }

  /** Resolves when every one of them has partitions. CDC_SINK_TOPIC where one is refused. */
  async ensure(names: readonly string[], wanted: TopicSettings): Promise<void> {
    const fresh = names.filter((name) => !this.#topics.has(name));
    if (fresh.length === 0) return;
    const endMs = performance.now() + LEADERS_WAIT_MS;
    const made = new Set<string>();
    for (;;) {
      const failure = await this.#look(fresh, wanted, made);
      const waiting = fresh.filter((name) => !this.#topics.has(name));
      if (waiting.length === 0) return;
      if (performance.now() > endMs || failure?.retryable === false) {
        const leaderless = `no broker leads the topics ${waiting.join(', ')}`;
        throw failure ?? new CdcError('CDC_SINK_UNREACHABLE', leaderless);
      }
      await sleep(STEP_MS);
    }
  }

  /** Makes those that are missing, once each; what kept it from that. */
  async #look(names: readonly string[], wanted: TopicSettings, made: Set<string>): Promise<CdcError | null> {
    try {
      const missing = await this.#refresh(names.filter((name) => !this.#topics.has(name)));
      const fresh = missing.filter((name) => !made.has(name));
      if (fresh.length > 0) await this.#make(fresh, wanted);
      for (const name of fresh) made.add(name);
      return null;
    } catch (error) {
      return toCdcError(error);
    }
  }

  /** Asks again who leads the partitions of what is known. */
  async refreshAll(): Promise<void> {
    await this.#refresh([...this.#topics.keys()]);
  }

  /** Those that do not exist. */
  async #refresh(names: readonly string[]): Promise<string[]> {
    if (names.length === 0) return [];
    const missing: string[] = [];
    for (const { code, topic, leaders } of await this.#options.cluster.metadata(names)) {
      if (code === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) missing.push(topic);
      else if (code !== KAFKA.NONE && remedyOf(code) === 'end') throw brokerError(code, `the topic ${topic}`);
      else if (leaders.length > 0 && (this.#topics.has(topic) || leaders.every((leader) => leader >= 0))) {
        this.#update(topic, leaders);
      }
    }
    return missing;
  }

  #update(topic: string, leaders: readonly number[]): void {
    const state = this.#topics.get(topic) ?? { topic, partitions: [] };
    const count = this.#options.partitionsMax?.(topic) ?? leaders.length;
    for (const [index, leader] of leaders.slice(0, count).entries()) {
      const partition = state.partitions[index];
      if (partition === undefined) {
        const made = this.#options.newPartition(topic, index);
        made.leader = leader;
        state.partitions[index] = made;
      } else if (leader >= 0) {
        partition.leader = leader;
      }
    }
    this.#topics.set(topic, state);
  }

  async #make(names: readonly string[], { partitions, configs, ...wanted }: TopicSettings): Promise<void> {
    const { cluster, sink } = this.#options;
    const replication = wanted.replication ?? sink.replication;
    const made = await cluster.createTopics(
      names.map((topic) => ({
        topic,
        ...(configs === undefined ? {} : { configs }),
        ...(partitions === undefined ? {} : { partitions }),
        ...(replication === undefined ? {} : { replication }),
      })),
    );
    for (const { topic, code, message } of made) {
      // somebody else was quicker
      if (code === KAFKA.NONE || code === KAFKA.TOPIC_ALREADY_EXISTS) continue;
      throw brokerError(code, `making the topic ${topic}`, message);
    }
  }
}
