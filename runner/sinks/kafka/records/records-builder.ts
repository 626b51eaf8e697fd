/**
 * The records of a batch (kafka.apache.org/documentation/#record), each
 *
 *   length VARINT, attributes INT8 (0), timestampDelta VARINT (0), offsetDelta VARINT, keyLength VARINT (-1: null),
 *   key, valueLength VARINT, value, headers VARINT (0)
 *
 * VARINT is zigzag: 2n for n, 1 for -1; seven bits a byte, low ones first.
 */
import type { MessageBatch } from '../../../../core/message-batch.ts';

/** Lengths in front of key and value, attributes, deltas, headers: never more than this. */
const AROUND_MAX = 5 + 1 + 1 + 5 + 5 + 5 + 1;
/** Up to so many bytes a loop is faster than the call of a copy. */
const SHORT = 24;

const sizeOf = (zigzag: number): number =>
  zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;

export class RecordsBuilder {
  bytes: Buffer;
  length = 0;
  count = 0;

  constructor(bytesInitial: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytesInitial);
  }

  reset(): void {
    this.length = 0;
    this.count = 0;
  }

  /** The bytes of all records so far; valid until the next `reset`. */
  get records(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Adds one message of the batch. */
  append(batch: MessageBatch, message: number): void {
    const keyEnd = batch.keyEnd(message);
    const keyStart = batch.keyStart(message);
    const valueEnd = batch.valueEnd(message);
    const keyLength = keyEnd - keyStart;
    const valueLength = valueEnd - keyEnd;
    const key = batch.hasKey(message) ? keyLength * 2 : 1;
    const offset = this.count * 2;
    const body = 3 + sizeOf(offset) + sizeOf(key) + keyLength + sizeOf(valueLength * 2) + valueLength;
    this.#reserve(body + AROUND_MAX);
    const { bytes } = this;
    let at = this.#varint(this.length, body * 2);
    bytes[at] = 0;
    bytes[at + 1] = 0;
    at = this.#varint(this.#varint(at + 2, offset), key);
    at = copy(batch.bytes, keyStart, keyEnd, bytes, at);
    at = this.#varint(at, valueLength * 2);
    at = copy(batch.bytes, keyEnd, valueEnd, bytes, at);
    bytes[at] = 0;
    this.length = at + 1;
    this.count += 1;
  }

  #varint(to: number, zigzag: number): number {
    const { bytes } = this;
    let at = to;
    let rest = zigzag;
    while (rest >= 0x80) {
      bytes[at] = (rest & 0x7f) | 0x80;
      // above 31 bits a shift would lose the top
      rest = rest > 0x7fff_ffff ? Math.floor(rest / 128) : rest >>> 7;
      at += 1;
    }
    bytes[at] = rest;
    return at + 1;
  }

  #reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

function copy(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > SHORT) {
    from.copy(to, at, start, end);
    return at + end - start;
  }
  let next = at;
  for (let index = start; index < end; index += 1) {
    to[next] = from[index] ?? 0;
    next += 1;
  }
  return next;
}
