/**
 * Messages as bytes in one arena: no object per message. The encoder appends key and value bytes and closes
 * each message; a sink reads them by offset and builds its own batch from the same bytes.
 *
 * Index, four numbers a message: topic number, key start, key end (= value start), value end.
 */
import { assert } from './assert.ts';

/** A transaction of the source ends behind so many of the batch's messages. */
export interface CommitPoint {
  readonly messages: number;
  /** What the sink has to give back to go on behind it; opaque to the sink. */
  readonly mark: string;
}

/** Memory that a batch works in, of somebody who wants it back: its arena and its index. */
export interface BatchMemory {
  readonly bytes: Buffer;
  readonly index: Uint32Array;
  readonly release: () => void;
}

/** Numbers of topics. What batches of one stream share, so that a number means the same in all of them. */
export class TopicNumbers {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(topic: string): number {
    const known = this.#numbers.get(topic);
    if (known !== undefined) return known;
    this.names.push(topic);
    this.#numbers.set(topic, this.names.length - 1);
    return this.names.length - 1;
  }
}

const STRIDE = 4;
const NO_KEY = 0xffff_ffff;

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export class MessageBatch {
  /** The arena; grows by doubling. Bytes before `length` are in use. */
  bytes: Buffer;
  /** The same memory, for numbers. */
  view: DataView;
  length = 0;
  count = 0;
  /** Milliseconds since 1970 when the first message was added; for linger. 0: empty. */
  firstAtMs = 0;
  /** The last end of a transaction in it. Only for sinks that keep marks. */
  commit: CommitPoint | null = null;
  /** Behind its last message, in the middle of a transaction; null where nothing can go on from there. */
  endMark: string | null = null;
  readonly #topics: TopicNumbers;
  #index: Uint32Array;
  readonly #home: BatchMemory | null;

  /** In memory of its own, of so many bytes at first; or in memory that is given, until that is too small. */
  constructor(memory: number | BatchMemory = 64 * 1024, topics = new TopicNumbers()) {
    this.#topics = topics;
    this.#home = typeof memory === 'number' ? null : memory;
    this.bytes = typeof memory === 'number' ? Buffer.allocUnsafe(memory) : memory.bytes;
    this.view = viewOf(this.bytes);
    this.#index = typeof memory === 'number' ? new Uint32Array(STRIDE * 256) : memory.index;
  }

  /** The index, where it still lies beside the arena in the memory that was given; else null. */
  get indexAtHome(): Uint32Array | null {
    const home = this.#home;
    return home !== null && this.bytes === home.bytes && this.#index === home.index ? home.index : null;
  }

  /** Messages were written into arena and index by other hands. */
  wrote(messages: number, length: number): void {
    this.count += messages;
    this.length = length;
  }

  /** It is not used any more. */
  release(): void {
    this.#home?.release();
  }

  /** Makes room for `size` more bytes; call before writing to `bytes` directly at `length`. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = viewOf(grown);
  }

  /** Empties it for reuse; topics keep their numbers. */
  reset(): void {
    this.length = 0;
    this.count = 0;
    this.firstAtMs = 0;
    this.commit = null;
    this.endMark = null;
    const home = this.#home;
    if (home === null) return;
    if (this.bytes !== home.bytes) this.view = viewOf(home.bytes);
    this.bytes = home.bytes;
    this.#index = home.index;
  }

  /** By number. */
  get topics(): readonly string[] {
    return this.#topics.names;
  }

  topicNumber(topic: string): number {
    return this.#topics.numberOf(topic);
  }

  /** Adds a message from text. `key` null: no key (the sink may choose any partition). */
  add(topic: string, key: string | null, value: string): void {
    this.reserve((key === null ? 0 : key.length * 3) + value.length * 3);
    const start = this.length;
    const keyEnd = key === null ? start : start + this.bytes.write(key, start);
    const valueEnd = keyEnd + this.bytes.write(value, keyEnd);
    this.close(this.topicNumber(topic), key === null ? NO_KEY : start, keyEnd, valueEnd);
  }

  /** Adds a message whose value is bytes already. */
  addBytes(topic: string, key: string | null, value: Buffer): void {
    this.reserve((key === null ? 0 : key.length * 3) + value.length);
    const start = this.length;
    const keyEnd = key === null ? start : start + this.bytes.write(key, start);
    const valueEnd = keyEnd + value.copy(this.bytes, keyEnd);
    this.close(this.topicNumber(topic), key === null ? NO_KEY : start, keyEnd, valueEnd);
  }

  /** Records a message whose bytes already stand in the arena: key [keyStart, keyEnd), value [keyEnd, valueEnd). */
  close(topicNumber: number, keyStart: number, keyEnd: number, valueEnd: number): void {
    assert(valueEnd <= this.bytes.length && keyEnd <= valueEnd, 'message inside the arena');
    const at = this.count * STRIDE;
    if (at === this.#index.length) {
      const grown = new Uint32Array(this.#index.length * 2);
      grown.set(this.#index);
      this.#index = grown;
    }
    this.#index[at] = topicNumber;
    this.#index[at + 1] = keyStart;
    this.#index[at + 2] = keyEnd;
    this.#index[at + 3] = valueEnd;
    this.count += 1;
    this.length = valueEnd;
  }

  /** The index of the messages [from, to), as it stands above; valid until the batch is written to. */
  indexOf(from: number, to: number): Uint32Array {
    return this.#index.subarray(from * STRIDE, to * STRIDE);
  }

  topicOf(message: number): number {
    return this.#index[message * STRIDE] ?? 0;
  }

  hasKey(message: number): boolean {
    return this.#index[message * STRIDE + 1] !== NO_KEY;
  }

  /** Start of the key; of the value where there is no key. */
  keyStart(message: number): number {
    const start = this.#index[message * STRIDE + 1] ?? 0;
    return start === NO_KEY ? this.keyEnd(message) : start;
  }

  /** End of the key = start of the value. */
  keyEnd(message: number): number {
    return this.#index[message * STRIDE + 2] ?? 0;
  }

  valueEnd(message: number): number {
    return this.#index[message * STRIDE + 3] ?? 0;
  }
}
