import type { CdcError } from '../../../core/errors.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';

/** Resolves when all record batches that a write was made into are acknowledged. */
export class Receipt {
  readonly done: Promise<void>;
  #left = 0;
  #sealed: boolean = false;
  #resolve: () => void = () => undefined;
  #reject: (error: CdcError) => void = () => undefined;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done.catch(() => undefined);
  }

  /** One more record batch belongs to it. */
  add(): void {
    this.#left += 1;
  }

  /** No more will be added. */
  seal(): void {
    this.#sealed = true;
    this.#check();
  }

  acknowledged(): void {
    this.#left -= 1;
    this.#check();
  }

  fail(error: CdcError): void {
    this.#reject(error);
  }

  #check(): void {
    if (this.#sealed && this.#left === 0) this.#resolve();
  }
}

/** One record batch on its way to one partition. */
export interface Outgoing {
  /** Where its messages stand, to build it again where the broker wants smaller ones. */
  readonly source: MessageBatch;
  readonly messages: Uint32Array;
  readonly receipt: Receipt;
  readonly baseSequence: number;
  /** By performance.now(). */
  readonly madeAtMs: number;
  /** Head and records as they go out; null while they are compressed. */
  records: readonly Buffer[] | null;
  /** Gives the memory of the records back. */
  release: () => void;
  isInFlight: boolean;
  isDone: boolean;
  /** What the last attempt came to; null: not sent yet, or it went well. */
  failure: CdcError | null;
  /** Kafka's error code of the last attempt; 0 where no broker gave one. */
  code: number;
}

/** A partition and what is to be written to it, in order. */
export interface PartitionState {
  readonly topic: string;
  readonly index: number;
  leader: number;
  nextSequence: number;
  /** Oldest first; those in flight stand in front. */
  readonly queue: Outgoing[];
  inFlight: number;
  /** An attempt failed: nothing is sent until all that is in flight is answered, so that the order holds. */
  isHeld: boolean;
  /**
   * The broker has acknowledged a batch of this producer. Before that it takes any sequence number as the first one: with
   * two in flight the second could be taken without the first, which would then be out of order for good.
   */
  isKnown: boolean;
  /** Failed attempts in a row. */
  attempts: number;
  isInTransaction: boolean;
}

export function newPartition(topic: string, index: number): PartitionState {
  return {
    topic,
    index,
    leader: -1,
    nextSequence: 0,
    queue: [],
    inFlight: 0,
    isHeld: false,
    isKnown: false,
    attempts: 0,
    isInTransaction: false,
  };
}

/** The batch that goes next; null where none may. */
export function nextOf(partition: PartitionState): Outgoing | null {
  if (partition.isHeld || (!partition.isKnown && partition.inFlight > 0)) return null;
  const next = partition.queue[partition.inFlight];
  return next === undefined || next.records === null ? null : next;
}

/** Takes what is acknowledged out of the queue. */
export function dropDone(partition: PartitionState): void {
  const { queue } = partition;
  const left = queue.filter(({ isDone }) => !isDone);
  if (left.length === queue.length) return;
  queue.splice(0, queue.length, ...left);
  partition.attempts = 0;
}
