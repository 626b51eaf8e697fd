import { CdcError } from '../../../../core/errors.ts';

/** The types of request-writer.ts as an answer has them. An answer that is shorter than it says is CDC_SINK_ERROR. */
export class ResponseReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  string(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** BYTES or RECORDS; null as empty. */
  bytes(): Buffer {
    const length = this.int32();
    if (length <= 0) return this.#bytes.subarray(0, 0);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  array<Item>(read: () => Item): Item[] {
    const count = this.int32();
    const items: Item[] = [];
    for (let index = 0; index < count; index += 1) items.push(read());
    return items;
  }

  #take(size: number): number {
    if (size > this.left) {
      throw new CdcError('CDC_SINK_ERROR', `an answer of the broker ends after ${this.#bytes.length} bytes`);
    }
    const at = this.#at;
    this.#at += size;
    return at;
  }
}
