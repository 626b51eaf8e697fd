import { setTimeout as sleep } from 'node:timers/promises';
import { CdcError, toCdcError } from '../../../core/errors.ts';
import type { KafkaSettings, KafkaSinkOptions } from '../../../core/kafka/settings.ts';
import { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink, SinkMarks } from '../../../core/sink.ts';
import { KafkaCluster } from './cluster.ts';
import { CLOSE_WAIT_MS, TIMEOUTS } from './kafka-sink.ts';
import { lastMark, POSITIONS_CONFIG, POSITIONS_PARTITIONS, POSITIONS_TOPIC } from './positions.ts';
import { Producer } from './producer.ts';
import { initProducerId } from './producer-id.ts';
import { Transaction } from './transaction.ts';

interface Write {
  readonly batch: MessageBatch;
  readonly resolve: () => void;
  readonly reject: (error: CdcError) => void;
}

/** A transaction of the source that takes longer than this part of Kafka's timeout is committed in parts. */
const SPLIT_PART = 0.4;

/**
 * Kafka, exactly once. Messages go out in Kafka transactions whose ends are ends of source transactions, each with the
 * mark of how far it reaches in a compacted topic: a reader with read_committed sees whole transactions, once, and the
 * next run begins behind the last mark. The transactional id is the task's: a newer sink fences an older one off.
 */
export class TransactionalKafkaSink implements Sink {
  readonly wants = 'messages';
  readonly #options: KafkaSinkOptions;
  readonly #taskId: string;
  readonly #guard: () => void;
  readonly #cluster: KafkaCluster;
  #producer: Producer | null = null;
  #transaction: Transaction | null = null;
  #timeoutMs = 0;
  #last: string | null = null;
  readonly #queue: Write[] = [];
  #running: Promise<void> | null = null;
  /** Of what was sent in the open transaction. */
  #acks: Promise<void>[] = [];
  #failure: CdcError | null = null;

  /** `guard` throws where nothing may be sent any more; asked before each request. */
  constructor(settings: KafkaSettings, options: KafkaSinkOptions, taskId: string, guard: () => void) {
    this.#options = options;
    this.#taskId = taskId;
    this.#guard = guard;
    this.#cluster = new KafkaCluster(settings, TIMEOUTS);
  }

  get marks(): SinkMarks {
    return { last: this.#last };
  }

  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#cluster.close();
      throw error;
    }
  }

  write(batch: MessageBatch): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What is not committed is aborted, so that readers do not wait for it. */
  async close(): Promise<void> {
    if (this.#failure === null) await Promise.race([this.#end(), sleep(CLOSE_WAIT_MS)]);
    this.#fail(new CdcError('CDC_SINK_UNREACHABLE', 'the sink was closed'));
    await this.#producer?.close(0);
    this.#cluster.close();
  }

  async #end(): Promise<void> {
    await this.#running;
    this.#fail(new CdcError('CDC_SINK_UNREACHABLE', 'the sink was closed'));
    // A message that arrived behind the abort would be in a transaction that nobody ends: only when all are there.
    // Else the next producer of this id ends it, and the broker takes nothing more of this one.
    const isDone = (await this.#producer?.close(CLOSE_WAIT_MS)) ?? false;
    if (isDone) await this.#transaction?.end(false).catch(() => undefined);
  }

  async #open(): Promise<void> {
    const cluster = this.#cluster;
    const guard = this.#guard;
    const transactionalId = this.#taskId;
    const { producer, timeoutMs } = await initProducerId(cluster, transactionalId);
    this.#timeoutMs = timeoutMs;
    const transaction = new Transaction({ cluster, transactionalId, producer, guard });
    this.#transaction = transaction;
    this.#producer = new Producer({
      cluster,
      sink: this.#options,
      producer,
      transactionalId,
      guard,
      register: (partitions) => transaction.add(partitions),
      marks: { topic: POSITIONS_TOPIC, partitions: POSITIONS_PARTITIONS },
    });
    await this.#producer.topics.ensure([POSITIONS_TOPIC], {
      partitions: POSITIONS_PARTITIONS,
      configs: POSITIONS_CONFIG,
    });
    const leaders = this.#producer.topics.get(POSITIONS_TOPIC)?.partitions.map(({ leader }) => leader) ?? [];
    this.#last = await lastMark(cluster, this.#taskId, leaders);
  }

  /** Takes what has come meanwhile together: one transaction a turn. */
  async #run(): Promise<void> {
    // so that `write` has the promise before the run can end
    await Promise.resolve();
    while (this.#queue.length > 0 && this.#failure === null) {
      const writes = this.#queue.splice(0);
      try {
        await this.#send(writes);
      } catch (error) {
        const failure = toCdcError(error);
        for (const { reject } of writes) reject(failure);
        this.#fail(failure);
      }
    }
    // in the same turn as the look at the queue: a write that comes now begins a run of its own
    this.#running = null;
  }

  async #send(writes: readonly Write[]): Promise<void> {
    const last = writes.findLastIndex(({ batch }) => batch.commit !== null);
    const ended = writes.slice(0, last + 1);
    for (const [index, { batch }] of ended.entries()) {
      void this.#produce(batch, 0, index === last ? (batch.commit?.messages ?? 0) : batch.count);
    }
    const mark = ended.at(-1)?.batch.commit?.mark;
    if (mark !== undefined) await this.#commit(mark);
    for (const write of ended.slice(0, -1)) write.resolve();
    const tail = ended.at(-1);
    if (tail !== undefined) this.#openTail(tail, tail.batch.commit?.messages ?? 0);
    for (const write of writes.slice(last + 1)) this.#openTail(write, 0);
    await this.#commitPart(writes.at(-1)?.batch.endMark ?? null);
  }

  /** The messages of a transaction that has not ended: the write is done when they are stored. */
  #openTail({ batch, resolve, reject }: Write, from: number): void {
    this.#produce(batch, from, batch.count).then(resolve, (error: unknown) => {
      const failure = toCdcError(error);
      reject(failure);
      this.#fail(failure);
    });
  }

  #produce(batch: MessageBatch, from: number, to: number): Promise<void> {
    if (this.#producer === null) return Promise.reject(new CdcError('CDC_INTERNAL', 'the sink is not open'));
    if (from === to) return Promise.resolve();
    const ack = this.#producer.write(batch, from, to);
    ack.catch(() => undefined);
    this.#acks.push(ack);
    return ack;
  }

  async #commit(mark: string): Promise<void> {
    const position = new MessageBatch(256);
    position.add(POSITIONS_TOPIC, this.#taskId, mark);
    await this.#produce(position, 0, 1);
    const acks = this.#acks;
    this.#acks = [];
    await Promise.all(acks);
    await this.#transaction?.end(true);
    this.#producer?.transactionEnded();
  }

  /** One that would outlive Kafka's timeout is committed as far as it has come. */
  async #commitPart(endMark: string | null): Promise<void> {
    const openedAtMs = this.#transaction?.openedAtMs ?? null;
    if (openedAtMs === null || endMark === null) return;
    if (performance.now() - openedAtMs > this.#timeoutMs * SPLIT_PART) await this.#commit(endMark);
  }

  #fail(error: CdcError): void {
    this.#failure ??= error;
    for (const { reject } of this.#queue.splice(0)) reject(this.#failure);
  }
}
