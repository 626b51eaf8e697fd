import type { CdcError } from '../../../core/errors.ts';
import type { Compression } from '../../../core/kafka/settings.ts';
import { drop } from '../../../core/large-memory.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { Outgoing, PartitionState, Receipt } from './outgoing.ts';
import { partitionOf } from './records/murmur2.ts';
import { batchHead, compress, sequenceAfter } from './records/record-batch.ts';
import { RecordsBuilder } from './records/records-builder.ts';
import type { TopicState } from './topics.ts';
import type { ProducerId } from './wire/transactions.ts';

export interface BatcherOptions {
  readonly compressionOf: (topic: string) => Compression;
  readonly transactional: boolean;
  readonly producer: ProducerId;
  /** A record batch is closed at this size, before compression. */
  readonly batchBytesMax: number;
  readonly now: () => number;
  /** The next batch of the partition can go. */
  readonly onReady: (partition: PartitionState) => void;
  readonly onFailure: (error: unknown) => void;
}

interface Open {
  readonly builder: RecordsBuilder;
  messages: number[];
}

const SPARE_BUILDERS = 16;
const BUILDER_BYTES = 64 * 1024;
/** Below this nothing is worth compressing. */
const COMPRESS_FROM_BYTES = 128;

/** Sorts messages by partition and makes record batches of them. */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #open = new Map<PartitionState, Open>();
  readonly #spare: RecordsBuilder[] = [];
  /** Messages without a key go to one partition a write, to the next one at the next. */
  #turn = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Queues the messages [from, to) at their partitions. All topics are known. */
  add(
    batch: MessageBatch,
    from: number,
    to: number,
    topicOf: (topic: string) => TopicState<PartitionState>,
    receipt: Receipt,
  ): void {
    const topics: (TopicState<PartitionState> | undefined)[] = [];
    this.#turn += 1;
    for (let message = from; message < to; message += 1) {
      const number = batch.topicOf(message);
      let state = topics[number];
      if (state === undefined) {
        state = topicOf(batch.topics[number] ?? '');
        topics[number] = state;
      }
      const count = state.partitions.length;
      const index = batch.hasKey(message)
        ? partitionOf(batch.bytes, batch.keyStart(message), batch.keyEnd(message), count)
        : this.#turn % count;
      const partition = state.partitions[index];
      if (partition !== undefined) this.#append(partition, batch, message, receipt);
    }
    for (const [partition, open] of this.#open) this.#close(partition, open, batch, receipt);
    this.#open.clear();
  }

  /** Makes two of one that is too large as a whole. Its sequence numbers stay. */
  split(partition: PartitionState, outgoing: Outgoing): Outgoing[] {
    const half = outgoing.messages.length >> 1;
    let baseSequence = outgoing.baseSequence;
    outgoing.release();
    outgoing.receipt.add();
    return [outgoing.messages.slice(0, half), outgoing.messages.slice(half)].map((messages) => {
      const builder = this.#builder();
      for (const message of messages) builder.append(outgoing.source, message);
      const made = this.#outgoing(
        partition,
        outgoing.source,
        { builder, messages },
        baseSequence,
        outgoing.receipt,
      );
      baseSequence = sequenceAfter(baseSequence, messages.length);
      return made;
    });
  }

  #append(partition: PartitionState, batch: MessageBatch, message: number, receipt: Receipt): void {
    let open = this.#open.get(partition);
    if (open === undefined) {
      open = { builder: this.#builder(), messages: [] };
      this.#open.set(partition, open);
    }
    const size = batch.valueEnd(message) - batch.keyStart(message);
    if (open.messages.length > 0 && open.builder.length + size > this.#options.batchBytesMax) {
      this.#close(partition, open, batch, receipt);
      open = { builder: this.#builder(), messages: [] };
      this.#open.set(partition, open);
    }
    open.builder.append(batch, message);
    open.messages.push(message);
  }

  #close(partition: PartitionState, open: Open, batch: MessageBatch, receipt: Receipt): void {
    const baseSequence = partition.nextSequence;
    partition.nextSequence = sequenceAfter(baseSequence, open.messages.length);
    receipt.add();
    partition.queue.push(this.#outgoing(partition, batch, open, baseSequence, receipt));
    this.#options.onReady(partition);
  }

  #outgoing(
    partition: PartitionState,
    source: MessageBatch,
    { builder, messages }: Open,
    baseSequence: number,
    receipt: Receipt,
  ): Outgoing {
    const made: Outgoing = {
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
    const compression = this.#options.compressionOf(partition.topic);
    if (compression === 'none' || builder.length < COMPRESS_FROM_BYTES) {
      made.records = this.#withHead('none', builder.records, made);
      made.release = () => {
        made.release = () => undefined;
        this.#recycle(builder);
      };
      return made;
    }
    compress(compression, builder.records).then((bytes) => {
      this.#recycle(builder);
      made.records = this.#withHead(compression, bytes, made);
      this.#options.onReady(partition);
    }, this.#options.onFailure);
    return made;
  }

  #withHead(compression: Compression, records: Buffer, made: Outgoing): readonly Buffer[] {
    const { transactional, producer, now } = this.#options;
    const head = batchHead(records, {
      compression,
      transactional,
      producer,
      baseSequence: made.baseSequence,
      count: made.messages.length,
      timestampMs: now(),
    });
    return [head, records];
  }

  #builder(): RecordsBuilder {
    return this.#spare.pop() ?? new RecordsBuilder(BUILDER_BYTES);
  }

  /** A few are kept; one that a huge message has blown up is not. */
  #recycle(builder: RecordsBuilder): void {
    if (this.#spare.length >= SPARE_BUILDERS || builder.bytes.length > 2 * this.#options.batchBytesMax) {
      drop(builder.bytes.length);
      return;
    }
    builder.reset();
    this.#spare.push(builder);
  }
}
