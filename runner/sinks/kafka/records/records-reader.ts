/** Reads record batches (record-batch.ts, records-builder.ts have the layout) that are not compressed. */
import { CdcError } from '../../../../core/errors.ts';

export interface ReadBatch {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly producerId: bigint;
  /** Not data: the end of a transaction of that producer. */
  readonly isControl: boolean;
  readonly records: readonly { readonly key: Buffer; readonly value: Buffer }[];
}

const HEAD_BYTES = 61;
const BEFORE_LENGTH_BYTES = 12;
const CODEC_BITS = 0x07;
const CONTROL_BIT = 0x20;

class VarintReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.at);
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }

  take(length: number): Buffer {
    const from = this.at;
    this.at += Math.max(0, length);
    return this.#bytes.subarray(from, this.at);
  }
}

function readRecords(bytes: Buffer, count: number): ReadBatch['records'] {
  const reader = new VarintReader(bytes, HEAD_BYTES);
  return Array.from({ length: count }, () => {
    const length = reader.next();
    const end = reader.at + length;
    reader.at += 1;
    reader.next();
    reader.next();
    const key = reader.take(reader.next());
    const value = reader.take(reader.next());
    reader.at = end;
    return { key, value };
  });
}

/** The whole batches of a fetch; what was cut off at its end is left out. */
export function readBatches(bytes: Buffer): ReadBatch[] {
  const batches: ReadBatch[] = [];
  let at = 0;
  while (bytes.length - at >= HEAD_BYTES) {
    const size = bytes.readInt32BE(at + 8) + BEFORE_LENGTH_BYTES;
    if (size < HEAD_BYTES || at + size > bytes.length) break;
    const batch = bytes.subarray(at, at + size);
    at += size;
    const attributes = batch.readInt16BE(21);
    if ((attributes & CODEC_BITS) !== 0) {
      throw new CdcError('CDC_SINK_TOPIC', 'the positions of the tasks are compressed by their topic', {
        hint: 'Set compression.type=producer for it.',
      });
    }
    const baseOffset = batch.readBigInt64BE(0);
    batches.push({
      baseOffset,
      lastOffset: baseOffset + BigInt(batch.readInt32BE(23)),
      producerId: batch.readBigInt64BE(43),
      isControl: (attributes & CONTROL_BIT) !== 0,
      records: readRecords(batch, batch.readInt32BE(57)),
    });
  }
  return batches;
}
