import { type CdcError, toCdcError } from '../../../core/errors.ts';
import type { KafkaCluster } from './cluster.ts';
import { nextOf, type Outgoing, type PartitionState } from './outgoing.ts';
import type { KafkaConnection } from './wire/connection.ts';
import { brokerError, KAFKA } from './wire/error-codes.ts';
import { PRODUCE, type ProducedPartition, writeProduce } from './wire/produce.ts';

export interface SentPart {
  readonly partition: PartitionState;
  readonly outgoing: Outgoing;
}

export interface SendersOptions {
  readonly cluster: KafkaCluster;
  readonly transactionalId: string | null;
  readonly guard: () => void;
  /** Each part has its outcome. */
  readonly answered: (parts: readonly SentPart[]) => void;
  readonly unreachable: (node: number, error: CdcError) => void;
  readonly pump: () => void;
  readonly failed: (error: unknown) => void;
}

interface Sender {
  connection: KafkaConnection | null;
  isOpening: boolean;
  /** Partition that the next request begins behind: each has its turn. */
  turn: number;
}

/** A broker keeps the order of an idempotent producer over this many (KIP-98). */
const IN_FLIGHT_MAX = 5;
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
const PRODUCE_TIMEOUT_MS = 20_000;

/** Produce requests, up to five at a time to each broker. */
export class Senders {
  readonly #options: SendersOptions;
  readonly #senders = new Map<number, Sender>();

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  /** Sends what the partitions, all led by this node, have at hand. */
  send(node: number, partitions: readonly PartitionState[]): void {
    let sender = this.#senders.get(node);
    if (sender === undefined) {
      sender = { connection: null, isOpening: false, turn: 0 };
      this.#senders.set(node, sender);
    }
    const { connection } = sender;
    if (connection === null || connection.isClosed) {
      void this.#open(node, sender);
      return;
    }
    while (connection.unanswered < IN_FLIGHT_MAX) {
      const parts = this.#gather(sender, partitions);
      if (parts.length === 0 || !this.#request(connection, parts)) return;
    }
  }

  /** One batch of each partition, as many as a request holds. */
  #gather(sender: Sender, partitions: readonly PartitionState[]): SentPart[] {
    const parts: SentPart[] = [];
    let bytes = 0;
    for (let step = 0; step < partitions.length; step += 1) {
      const partition = partitions[(sender.turn + step) % partitions.length];
      const outgoing = partition === undefined ? null : nextOf(partition);
      if (partition === undefined || outgoing === null) continue;
      const size = outgoing.records?.reduce((sum, part) => sum + part.length, 0) ?? 0;
      if (parts.length > 0 && bytes + size > REQUEST_BYTES_MAX) {
        sender.turn += step;
        return parts;
      }
      parts.push({ partition, outgoing });
      bytes += size;
    }
    return parts;
  }

  #request(connection: KafkaConnection, parts: readonly SentPart[]): boolean {
    const { transactionalId, guard } = this.#options;
    try {
      guard();
    } catch (error) {
      this.#options.failed(error);
      return false;
    }
    for (const { partition, outgoing } of parts) {
      partition.inFlight += 1;
      outgoing.isInFlight = true;
      outgoing.failure = null;
    }
    const body = parts.map(({ partition: { topic, index }, outgoing }) => ({
      topic,
      partition: index,
      records: outgoing.records ?? [],
    }));
    connection
      .send(PRODUCE, (writer) =>
        writeProduce(writer, body, { transactionalId, timeoutMs: PRODUCE_TIMEOUT_MS }),
      )
      .then(
        (produced) => this.#produced(parts, produced),
        (error: unknown) => {
          const failure = toCdcError(error);
          connection.close();
          for (const { outgoing } of parts) [outgoing.failure, outgoing.code] = [failure, 0];
        },
      )
      .then(() => this.#options.answered(parts))
      .catch((error: unknown) => this.#options.failed(error));
    return true;
  }

  #produced(parts: readonly SentPart[], produced: readonly ProducedPartition[]): void {
    const codes = new Map(produced.map(({ topic, partition, code }) => [`${partition} ${topic}`, code]));
    for (const { partition, outgoing } of parts) {
      const code = codes.get(`${partition.index} ${partition.topic}`) ?? -1;
      // a repetition of what the broker has
      if (code === KAFKA.NONE || code === KAFKA.DUPLICATE_SEQUENCE_NUMBER) continue;
      outgoing.failure = brokerError(
        code,
        `sending ${outgoing.messages.length} messages to ${partition.topic}-${partition.index}`,
      );
      outgoing.code = code;
    }
  }

  async #open(node: number, sender: Sender): Promise<void> {
    if (sender.isOpening) return;
    sender.isOpening = true;
    try {
      sender.connection = await this.#options.cluster.node(node);
      this.#options.pump();
    } catch (error) {
      this.#options.unreachable(node, toCdcError(error));
    } finally {
      sender.isOpening = false;
    }
  }
}
