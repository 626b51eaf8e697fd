/**
 * Kafka's primitive types as a request has them, big-endian (kafka.apache.org/protocol, "Protocol Primitive Types").
 * The versions of the requests used here are all of before the compact encodings: INT16 lengths for strings, INT32
 * lengths for arrays and bytes, -1 for null.
 *
 * Large parts (record batches) are not copied: `bytes` keeps them as pieces of their own between the written ones.
 */
export class RequestWriter {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;
  #pieceStart = 0;
  readonly #pieces: Buffer[] = [];
  #total = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#total + this.#length - this.#pieceStart;
  }

  /** All that was written, in order; the writer is used up then. */
  pieces(): readonly Buffer[] {
    this.#cut();
    return this.#pieces;
  }

  int8(value: number): this {
    this.#buffer.writeInt8(value, this.#room(1));
    return this;
  }

  int16(value: number): this {
    this.#buffer.writeInt16BE(value, this.#room(2));
    return this;
  }

  int32(value: number): this {
    this.#buffer.writeInt32BE(value, this.#room(4));
    return this;
  }

  int64(value: number | bigint): this {
    this.#buffer.writeBigInt64BE(BigInt(value), this.#room(8));
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const size = Buffer.byteLength(value);
    this.int16(size);
    this.#buffer.write(value, this.#room(size));
    return this;
  }

  /** BYTES or RECORDS, in one or more parts. */
  bytes(parts: readonly Buffer[]): this {
    this.int32(parts.reduce((sum, part) => sum + part.length, 0));
    this.#cut();
    for (const part of parts) {
      this.#pieces.push(part);
      this.#total += part.length;
    }
    return this;
  }

  array<Item>(items: readonly Item[], write: (item: Item) => void): this {
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  #cut(): void {
    if (this.#length === this.#pieceStart) return;
    const piece = this.#buffer.subarray(this.#pieceStart, this.#length);
    this.#pieces.push(piece);
    this.#total += piece.length;
    this.#pieceStart = this.#length;
  }

  /** Offset of `size` fresh bytes. */
  #room(size: number): number {
    if (this.#length + size > this.#buffer.length) {
      this.#cut();
      this.#buffer = Buffer.allocUnsafe(Math.max(256, size));
      this.#length = 0;
      this.#pieceStart = 0;
    }
    const at = this.#length;
    this.#length += size;
    return at;
  }
}
