import { setTimeout as sleep } from 'node:timers/promises';
import { CdcError, toCdcError } from '../../../core/errors.ts';
import type { KafkaSinkOptions } from '../../../core/kafka/settings.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import { Batcher } from './batcher.ts';
import type { KafkaCluster } from './cluster.ts';
import { dropDone, newPartition, nextOf, type Outgoing, type PartitionState, Receipt } from './outgoing.ts';
import { Senders, type SentPart } from './senders.ts';
import { Topics } from './topics.ts';
import { KAFKA, remedyOf } from './wire/error-codes.ts';
import type { ProducerId } from './wire/transactions.ts';

export interface ProducerOptions {
  readonly cluster: KafkaCluster;
  readonly sink: KafkaSinkOptions;
  readonly producer: ProducerId;
  readonly transactionalId: string | null;
  /** Throws where nothing may be sent any more. */
  readonly guard: () => void;
  /** A topic that is read by us: uncompressed, and a key's place is found again when partitions were added. */
  readonly marks?: { readonly topic: string; readonly partitions: number };
  /** Takes partitions into the open transaction; before anything is sent to them. */
  readonly register?: (partitions: readonly PartitionState[]) => Promise<void>;
}

/** Brokers take 1 MiB a batch where nobody has changed it, after compression. */
const BATCH_BYTES_MAX = 900_000;
/** What is not acknowledged by then fails, and the stream goes back to what is. */
const DELIVERY_MS = 60_000;
/** A topic that is not there for so long was deleted: a sink that is opened anew makes it again. */
const GONE_MS = 5_000;
const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 1_000;
const METADATA_AGE_MS = 300_000;

/**
 * Record batches to the leaders of their partitions: acks=all, several requests in flight, each batch with the
 * sequence numbers of an idempotent producer, so that a broker takes every one once and in order (KIP-98). An attempt
 * that failed is repeated with the same numbers, after all later ones of the partition are answered.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #topics: Topics<PartitionState>;
  readonly #batcher: Batcher;
  readonly #senders: Senders;
  readonly #receipts = new Set<Receipt>();
  /** Writes behind one that waits for its topics wait as well. */
  #gate: Promise<void> | null = null;
  #pumpWanted: boolean = false;
  #refreshing: Promise<void> | null = null;
  #refreshedAtMs = performance.now();
  #failure: CdcError | null = null;
  #registering: boolean = false;

  constructor(options: ProducerOptions) {
    this.#options = options;
    const { cluster, sink, producer, transactionalId, guard } = options;
    const { marks } = options;
    const partitionsMax = (topic: string): number => (topic === marks?.topic ? marks.partitions : Infinity);
    this.#topics = new Topics({ cluster, sink, newPartition, partitionsMax });
    this.#senders = new Senders({
      cluster,
      transactionalId,
      guard,
      answered: (parts) => this.#answered(parts),
      unreachable: (node, error) => this.#unreachable(node, error),
      pump: () => this.#wantPump(),
      failed: (error) => this.#fail(toCdcError(error)),
    });
    this.#batcher = new Batcher({
      compressionOf: (topic) => (topic === marks?.topic ? 'none' : sink.compression),
      transactional: transactionalId !== null,
      producer,
      batchBytesMax: BATCH_BYTES_MAX,
      now: Date.now,
      onReady: () => this.#wantPump(),
      onFailure: (error) => this.#fail(toCdcError(error)),
    });
  }

  get topics(): Topics<PartitionState> {
    return this.#topics;
  }

  /** Resolves when the messages [from, to) are acknowledged by all in-sync replicas. Order is that of the calls. */
  write(batch: MessageBatch, from = 0, to = batch.count): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const receipt = new Receipt();
    this.#receipts.add(receipt);
    receipt.done.then(
      () => this.#receipts.delete(receipt),
      () => this.#receipts.delete(receipt),
    );
    const missing = this.#topics.missing(batch, from, to);
    if (this.#gate === null && missing.length === 0) {
      this.#add(batch, from, to, receipt);
      return receipt.done;
    }
    const before = this.#gate ?? Promise.resolve();
    const gate = before
      .then(() => this.#topics.ensure(missing, this.#options.sink))
      .then(() => this.#add(batch, from, to, receipt))
      .catch((error: unknown) => this.#fail(toCdcError(error)))
      .then(() => {
        if (this.#gate === gate) this.#gate = null;
      });
    this.#gate = gate;
    return receipt.done;
  }

  /** Waits a while for what is in flight; what is not acknowledged then fails. True: all is acknowledged. */
  async close(waitMs: number): Promise<boolean> {
    const pending = [...this.#receipts].map(({ done }) => done.catch(() => undefined));
    if (pending.length > 0 && this.#failure === null) {
      await Promise.race([Promise.all(pending), sleep(waitMs, undefined, { ref: false })]);
    }
    const isDone = this.#receipts.size === 0 && this.#failure === null;
    this.#fail(new CdcError('CDC_SINK_UNREACHABLE', 'the sink was closed'));
    return isDone;
  }

  /** All partitions are out of the transaction that has ended. */
  transactionEnded(): void {
    for (const { partitions } of this.#topics.all) {
      for (const partition of partitions) partition.isInTransaction = false;
    }
  }

  #add(batch: MessageBatch, from: number, to: number, receipt: Receipt): void {
    if (this.#failure !== null) return;
    const topicOf = (topic: string) => {
      const state = this.#topics.get(topic);
      if (state === undefined) throw new CdcError('CDC_SINK_TOPIC', `the topic ${topic} is not known`);
      return state;
    };
    this.#batcher.add(batch, from, to, topicOf, receipt);
    receipt.seal();
    if (performance.now() - this.#refreshedAtMs > METADATA_AGE_MS) void this.#refresh();
  }

  /** Once for all that becomes ready in this turn, so that it goes in one request a broker. */
  #wantPump(): void {
    if (this.#pumpWanted || this.#failure !== null) return;
    this.#pumpWanted = true;
    queueMicrotask(() => {
      this.#pumpWanted = false;
      if (this.#failure === null) this.#pump();
    });
  }

  #pump(): void {
    const waiting: PartitionState[] = [];
    const ready = new Map<number, PartitionState[]>();
    let leaderless = false;
    for (const { partitions } of this.#topics.all) {
      for (const partition of partitions) {
        if (partition.queue.length === 0 || nextOf(partition) === null) continue;
        if (this.#options.register !== undefined && !partition.isInTransaction) waiting.push(partition);
        else if (partition.leader < 0) leaderless = true;
        else {
          const ofNode = ready.get(partition.leader);
          if (ofNode === undefined) ready.set(partition.leader, [partition]);
          else ofNode.push(partition);
        }
      }
    }
    if (waiting.length > 0) void this.#register(waiting);
    if (leaderless) this.#unreachable(-1, new CdcError('CDC_SINK_UNREACHABLE', 'a partition has no leader'));
    for (const [node, partitions] of ready) this.#senders.send(node, partitions);
  }

  async #register(partitions: readonly PartitionState[]): Promise<void> {
    const { register } = this.#options;
    if (register === undefined || this.#registering) return;
    this.#registering = true;
    try {
      await register(partitions);
      for (const partition of partitions) partition.isInTransaction = true;
    } catch (error) {
      this.#fail(toCdcError(error));
    } finally {
      this.#registering = false;
    }
    this.#wantPump();
  }

  #answered(parts: readonly SentPart[]): void {
    for (const { partition, outgoing } of parts) {
      partition.inFlight -= 1;
      outgoing.isInFlight = false;
      if (outgoing.failure === null) {
        outgoing.isDone = true;
        partition.isKnown = true;
        outgoing.release();
        outgoing.receipt.acknowledged();
      } else {
        partition.isHeld = true;
      }
    }
    for (const { partition } of parts) {
      dropDone(partition);
      if (partition.isHeld && partition.inFlight === 0) this.#recover(partition);
    }
    this.#wantPump();
  }

  /** All of the partition is answered and something failed: mends what can be mended, and sends the rest again. */
  #recover(partition: PartitionState): void {
    if (this.#failure !== null) return;
    const first = partition.queue.find(({ failure }) => failure !== null);
    if (first?.failure == null) {
      partition.isHeld = false;
      return;
    }
    const { code, failure } = first;
    for (const outgoing of partition.queue) outgoing.failure = null;
    const tooLarge = code === KAFKA.MESSAGE_TOO_LARGE && first.messages.length > 1;
    if (tooLarge) {
      partition.queue.splice(partition.queue.indexOf(first), 1, ...this.#batcher.split(partition, first));
      partition.isHeld = false;
      return;
    }
    if (code !== 0 && this.#isFinal(code)) {
      this.#fail(failure);
      return;
    }
    this.#retryLater(partition, first, failure, code === 0 || remedyOf(code) === 'stale');
  }

  /** A gap in the numbers with nothing missing in front of it: the broker has forgotten us. */
  #isFinal(code: number): boolean {
    const lost = code === KAFKA.OUT_OF_ORDER_SEQUENCE_NUMBER || code === KAFKA.UNKNOWN_PRODUCER_ID;
    return lost || remedyOf(code) === 'end';
  }

  #retryLater(partition: PartitionState, first: Outgoing, failure: CdcError, stale: boolean): void {
    if (this.#isOverdue(first)) {
      this.#fail(failure);
      return;
    }
    const delayMs = Math.min(RETRY_FIRST_MS * 2 ** partition.attempts, RETRY_MAX_MS);
    partition.attempts += 1;
    const wait = stale ? this.#refreshLater(delayMs) : sleep(delayMs, undefined, { ref: false });
    void wait.then(() => {
      partition.isHeld = false;
      this.#wantPump();
    });
  }

  #isOverdue({ madeAtMs, code }: Outgoing): boolean {
    const patienceMs = code === KAFKA.UNKNOWN_TOPIC_OR_PARTITION ? GONE_MS : DELIVERY_MS;
    return performance.now() - madeAtMs > patienceMs;
  }

  /** No connection to a leader: it may be another one soon. */
  #unreachable(node: number, error: CdcError): void {
    if (!error.retryable) {
      this.#fail(error);
      return;
    }
    for (const { partitions } of this.#topics.all) {
      for (const { leader, queue } of partitions) {
        const [oldest] = queue;
        if (leader === node && oldest !== undefined && this.#isOverdue(oldest)) {
          this.#fail(error);
          return;
        }
      }
    }
    void this.#refreshLater(RETRY_MAX_MS / 4).then(() => this.#wantPump());
  }

  async #refreshLater(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { ref: false });
    await this.#refresh();
    this.#wantPump();
  }

  #refresh(): Promise<void> {
    this.#refreshedAtMs = performance.now();
    this.#refreshing ??= this.#topics
      .refreshAll()
      .catch((error: unknown) => {
        const failure = toCdcError(error);
        if (!failure.retryable) this.#fail(failure);
      })
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  #fail(error: CdcError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const receipt of this.#receipts) receipt.fail(error);
  }
}
