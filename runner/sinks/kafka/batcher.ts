import type { CdcError } from '../../../core/errors.ts';
import type { Compression } from '../../../core/kafka/settings.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { ProduceKernel } from './kernel/produce-kernel.ts';
import { MESSAGES_MAX } from './kernel/produce-memory.ts';
import type { Outgoing, PartitionState, Receipt } from './outgoing.ts';
import { type Packed, Packer } from './packer.ts';
import { partitionOf } from './records/murmur2.ts';
import { type BatchHead, sequenceAfter } from './records/record-batch.ts';
import { RecordsBuilder } from './records/records-builder.ts';
import type { TopicState } from './topics.ts';
import type { ProducerId } from './wire/transactions.ts';

export interface BatcherOptions {
  readonly compressionOf: (topic: string) => Compression;
  readonly transactional: boolean;
  readonly producer: ProducerId;
  /** A record batch is closed at this size, before compression; a MiB at most. */
  readonly batchBytesMax: number;
  readonly now: () => number;
  /** The next batch of the partition can go. */
  readonly onReady: (partition: PartitionState) => void;
  readonly onFailure: (error: unknown) => void;
}

type TopicOf = (topic: string) => TopicState<PartitionState>;

/** Sorts messages by partition and makes record batches of them. */
export class Batcher {
  readonly #options: BatcherOptions;
  #packer: Packer | null = null;
  /** Messages without a key go to one partition a write, to the next one at the next. */
  #turn = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Queues the messages [from, to) at their partitions. All topics are known. */
  add(batch: MessageBatch, from: number, to: number, topicOf: TopicOf, receipt: Receipt): void {
    this.#packer ??= new Packer();
    this.#turn += 1;
    for (let at = from; at < to; ) {
      at += this.#addSome(this.#packer, batch, at, to, topicOf, receipt);
    }
  }

  /** Makes two of one that is too large as a whole. Its sequence numbers stay. */
  split(partition: PartitionState, outgoing: Outgoing): Outgoing[] {
    const packer = this.#packer ?? new Packer();
    const { source, receipt } = outgoing;
    const half = outgoing.messages.length >> 1;
    let { baseSequence } = outgoing;
    outgoing.release();
    receipt.add();
    return [outgoing.messages.subarray(0, half), outgoing.messages.subarray(half)].map((messages) => {
      const made = this.#outgoing(source, messages, baseSequence, receipt);
      this.#fill(partition, made, packer.packBuilt(built(source, messages), this.#head(partition, made)));
      baseSequence = sequenceAfter(baseSequence, messages.length);
      return made;
    });
  }

  /** As many of the messages [from, to) as the kernel takes at once, or one that it does not take; how many. */
  #addSome(
    packer: Packer,
    batch: MessageBatch,
    from: number,
    to: number,
    topicOf: TopicOf,
    receipt: Receipt,
  ): number {
    const { kernel } = packer;
    const partitions: PartitionState[] = [];
    const end = this.#knowTopics(kernel, batch, from, Math.min(to, from + MESSAGES_MAX), topicOf, partitions);
    const count = kernel.stage(batch, from, end);
    const lists = count === 0 ? null : kernel.sort(this.#turn);
    if (lists === null) {
      this.#addOne(packer, batch, from, topicOf, receipt);
      return 1;
    }
    for (let number = 0; number < lists; number += 1) {
      const { slot, from: first, to: behind } = kernel.list(number);
      const partition = partitions[slot];
      if (partition !== undefined) this.#addList(packer, partition, batch, first, behind, receipt);
    }
    return count;
  }

  /** Tells the kernel the topics of the messages; the first message whose topic it does not take, or `to`. */
  #knowTopics(
    kernel: ProduceKernel,
    batch: MessageBatch,
    from: number,
    to: number,
    topicOf: TopicOf,
    partitions: PartitionState[],
  ): number {
    const isKnown: boolean[] = [];
    let last = -1;
    kernel.begin();
    for (let message = from; message < to; message += 1) {
      const number = batch.topicOf(message);
      if (number === last || isKnown[number] === true) continue;
      last = number;
      isKnown[number] = true;
      const topic = topicOf(batch.topics[number] ?? '');
      if (!kernel.topic(number, topic.partitions.length)) return message;
      for (const partition of topic.partitions) partitions.push(partition);
    }
    return to;
  }

  #addList(
    packer: Packer,
    partition: PartitionState,
    batch: MessageBatch,
    from: number,
    to: number,
    receipt: Receipt,
  ): void {
    const { kernel } = packer;
    for (let at = from; at < to; ) {
      const { count, bytes } = kernel.plan(at, to, this.#options.batchBytesMax);
      const made = this.#queue(partition, batch, kernel.numbers(at, count), receipt);
      this.#fill(partition, made, packer.pack({ from: at, count, bytes }, this.#head(partition, made)));
      at += count;
    }
  }

  /** One message, whatever its size. */
  #addOne(packer: Packer, batch: MessageBatch, message: number, topicOf: TopicOf, receipt: Receipt): void {
    const { partitions } = topicOf(batch.topics[batch.topicOf(message)] ?? '');
    const count = partitions.length;
    const index = batch.hasKey(message)
      ? partitionOf(batch.bytes, batch.keyStart(message), batch.keyEnd(message), count)
      : this.#turn % count;
    const partition = partitions[index];
    if (partition === undefined) return;
    const messages = Uint32Array.of(message);
    const made = this.#queue(partition, batch, messages, receipt);
    this.#fill(partition, made, packer.packBuilt(built(batch, messages), this.#head(partition, made)));
  }

  #queue(partition: PartitionState, source: MessageBatch, messages: Uint32Array, receipt: Receipt): Outgoing {
    const made = this.#outgoing(source, messages, partition.nextSequence, receipt);
    partition.nextSequence = sequenceAfter(partition.nextSequence, messages.length);
    receipt.add();
    partition.queue.push(made);
    return made;
  }

  #outgoing(source: MessageBatch, messages: Uint32Array, baseSequence: number, receipt: Receipt): Outgoing {
    return {
      source,
      messages,
      receipt,
      baseSequence,
      madeAtMs: performance.now(),
      records: null,
      release: () => undefined,
      isInFlight: false,
      isDone: false,
      failure: null as CdcError | null,
      code: 0,
    };
  }

  #head({ topic }: PartitionState, { baseSequence, messages }: Outgoing): BatchHead {
    const { compressionOf, transactional, producer, now } = this.#options;
    return {
      compression: compressionOf(topic),
      transactional,
      producer,
      baseSequence,
      count: messages.length,
      timestampMs: now(),
    };
  }

  /** Gives it its bytes, now or when they are there. */
  #fill(partition: PartitionState, made: Outgoing, packed: Packed | Promise<Packed>): void {
    if (packed instanceof Promise) {
      packed.then((ready) => this.#fill(partition, made, ready)).catch(this.#options.onFailure);
      return;
    }
    made.records = packed.pieces;
    made.release = () => {
      made.release = () => undefined;
      packed.release();
    };
    this.#options.onReady(partition);
  }
}

function built(source: MessageBatch, messages: Uint32Array): Buffer {
  const bytes = messages.reduce(
    (sum, message) => sum + source.valueEnd(message) - source.keyStart(message),
    0,
  );
  const builder = new RecordsBuilder(bytes + messages.length * 24);
  for (const message of messages) builder.append(source, message);
  return builder.records;
}
