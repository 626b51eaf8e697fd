/**
 * The kernel of the produce path: messages of a batch, sorted by partition and made into records, LZ4 frames and
 * checksums, in WebAssembly (assembly/ has its source). What it makes is byte for byte what records/ makes, its twin; a
 * message that is too large for its memory is left to that.
 *
 * Calls in their order: `begin`, `topic` for each topic, `stage`, `sort`; then for each list `plan` and `build` until it
 * ends.
 */
import type { MessageBatch } from '../../../../core/message-batch.ts';
import {
  ARENA_AT,
  ARENA_BYTES,
  CALL_AT,
  INDEX_AT,
  LISTS_AT,
  MESSAGES_MAX,
  ORDER_AT,
  PACKED_AT,
  ProduceMemory,
  RECORDS_AT,
  SLOTS_MAX,
  TOPICS_AT,
  TOPICS_MAX,
} from './produce-memory.ts';
import { PRODUCE_WASM } from './produce-wasm.ts';

/** Messages of one slot, by their places in the order. */
export interface SlotList {
  readonly slot: number;
  readonly from: number;
  readonly to: number;
}

interface Exports {
  readonly makeTables: () => void;
  readonly sort: (count: number, base: number, first: number, end: number, turn: number) => number;
  readonly plan: (from: number, to: number, bytesMax: number) => number;
  readonly build: (from: number, count: number, base: number, to: number) => void;
  readonly lz4Frame: (from: number, end: number, to: number) => number;
  readonly crc32c: (from: number, end: number) => number;
}

const LZ4_BLOCK_BYTES = 262_144;
const FRAME_HEAD_BYTES = 7;
const FRAME_END_BYTES = 4;

let module: WebAssembly.Module | null = null;

export class ProduceKernel {
  readonly memory = new ProduceMemory();
  readonly #exports: Exports;
  /** Of what is staged: its first message, their count, where the arena's byte 0 would stand, and their bytes. */
  #first = 0;
  #count = 0;
  #base = 0;
  #start = 0;
  #end = 0;
  #slots = 0;

  constructor() {
    module ??= new WebAssembly.Module(Buffer.from(PRODUCE_WASM, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory.memory } });
    this.#exports = exports as unknown as Exports;
    this.#exports.makeTables();
  }

  /** Forgets the topics. */
  begin(): void {
    this.#slots = 0;
  }

  /** Takes as many of the messages [from, to) as there is room for; how many. 0: the first one is too large. */
  stage(batch: MessageBatch, from: number, to: number): number {
    const start = batch.keyStart(from);
    let end = Math.min(to, from + MESSAGES_MAX);
    while (end > from && batch.valueEnd(end - 1) - start > ARENA_BYTES) end = from + ((end - from) >> 1);
    this.#first = from;
    this.#count = end - from;
    if (end === from) return 0;
    const { bytes, words } = this.memory;
    this.#start = start;
    this.#end = batch.valueEnd(end - 1);
    this.#base = ARENA_AT - start;
    words.set(batch.indexOf(from, end), INDEX_AT / 4);
    bytes.set(batch.bytes.subarray(start, this.#end), ARENA_AT);
    return this.#count;
  }

  /** Makes a topic of the batch known: its partitions are the next slots. False: there are too many. */
  topic(number: number, partitions: number): boolean {
    if (number >= TOPICS_MAX || this.#slots + partitions > SLOTS_MAX || partitions === 0) return false;
    const { words } = this.memory;
    words[TOPICS_AT / 4 + 2 * number] = partitions;
    words[TOPICS_AT / 4 + 2 * number + 1] = this.#slots;
    this.#slots += partitions;
    return true;
  }

  /**
   * Sorts what is staged by slot; how many have messages. `turn`: where those without a key go, modulo the partitions.
   * Null: the index is not in the order of the arena.
   */
  sort(turn: number): number | null {
    const lists = this.#exports.sort(this.#count, this.#base, this.#start, this.#end, turn);
    return lists < 0 ? null : lists;
  }

  list(number: number): SlotList {
    const { words } = this.memory;
    const at = LISTS_AT / 4 + 4 * number;
    return { slot: words[at] ?? 0, from: words[at + 1] ?? 0, to: words[at + 2] ?? 0 };
  }

  /** So many of the order's messages [from, to) make one record batch, at least one; and the bytes of their records. */
  plan(from: number, to: number, bytesMax: number): { readonly count: number; readonly bytes: number } {
    const count = this.#exports.plan(from, to, bytesMax);
    return { count, bytes: this.memory.words[CALL_AT / 4] ?? 0 };
  }

  /** Numbers of the messages in their batch. */
  numbers(from: number, count: number): Uint32Array {
    const at = ORDER_AT / 4 + from;
    const numbers = this.memory.words.slice(at, at + count);
    for (let index = 0; this.#first > 0 && index < count; index += 1) {
      numbers[index] = (numbers[index] ?? 0) + this.#first;
    }
    return numbers;
  }

  /** Writes the records of a plan; up to 15 bytes behind them are written as well. */
  build(from: number, count: number, to: number): void {
    this.#exports.build(from, count, this.#base, to);
  }

  /** The frame of what lies at [from, end); its end. Lies behind `to`. */
  lz4(from: number, end: number, to: number): number {
    return this.#exports.lz4Frame(from, end, to);
  }

  /** The frame of bytes that lie elsewhere, of any length. */
  lz4Of(records: Uint8Array): Buffer {
    const { bytes } = this.memory;
    const pieces: Buffer[] = [];
    for (let at = 0; at < records.length; at += LZ4_BLOCK_BYTES) {
      const block = records.subarray(at, at + LZ4_BLOCK_BYTES);
      bytes.set(block, RECORDS_AT);
      const end = this.lz4(RECORDS_AT, RECORDS_AT + block.length, PACKED_AT);
      pieces.push(
        Buffer.from(bytes.subarray(PACKED_AT + (at > 0 ? FRAME_HEAD_BYTES : 0), end - FRAME_END_BYTES)),
      );
    }
    const end = this.lz4(RECORDS_AT, RECORDS_AT, PACKED_AT);
    pieces.push(Buffer.from(bytes.subarray(pieces.length === 0 ? PACKED_AT : end - FRAME_END_BYTES, end)));
    return Buffer.concat(pieces);
  }

  /** CRC-32C of what lies at [from, end). */
  crc32c(from: number, end: number): number {
    return this.#exports.crc32c(from, end) >>> 0;
  }
}
