import { drop } from '../../../core/large-memory.ts';
import { ProduceKernel } from './kernel/produce-kernel.ts';
import { PACKED_AT, PACKED_BYTES, RECORDS_AT } from './kernel/produce-memory.ts';
import { gzipOf, zstdOf } from './records/compress.ts';
import {
  type BatchHead,
  batchHead,
  CRC_AT,
  CRC_FROM,
  HEAD_BYTES,
  writeHead,
} from './records/record-batch.ts';

/** A record batch as it goes out. */
export interface Packed {
  readonly pieces: readonly Buffer[];
  /** Gives its memory back; not to be used then. */
  readonly release: () => void;
}

/** Records in the kernel: those of `count` messages from `from` in its order. */
export interface PlannedRecords {
  readonly from: number;
  readonly count: number;
  readonly bytes: number;
}

/** Below this nothing is worth compressing. */
const COMPRESS_FROM_BYTES = 128;
/** The kernel writes so many bytes too much. */
const BEHIND_BYTES = 16;
/** Smaller ones are left to Node's pool of buffers. */
const ROOM_FROM_BYTES = 4_096;

const NOTHING = (): void => undefined;

/** Makes record batches, compressed, with their heads; in the kernel's memory, as far as there is room. */
export class Packer {
  readonly kernel = new ProduceKernel();

  /** A promise where another thread compresses. */
  pack(records: PlannedRecords, head: BatchHead): Packed | Promise<Packed> {
    const { from, count, bytes } = records;
    const { kernel } = this;
    if (head.compression === 'none' || bytes < COMPRESS_FROM_BYTES) return this.#uncompressed(records, head);
    kernel.build(from, count, RECORDS_AT);
    const built = kernel.memory.bytes.subarray(RECORDS_AT, RECORDS_AT + bytes);
    switch (head.compression) {
      case 'lz4':
        return this.#keep(
          kernel.lz4(RECORDS_AT, RECORDS_AT + bytes, PACKED_AT + HEAD_BYTES) - PACKED_AT - HEAD_BYTES,
          head,
        );
      case 'gzip':
        return gzipOf(Buffer.from(built)).then((made) => this.#compressed(made, head));
      default: {
        const made = zstdOf(built);
        return made instanceof Promise
          ? made.then((later) => this.#compressed(later, head))
          : this.#compressed(made, head);
      }
    }
  }

  /** The same of records that were built elsewhere; takes them over. */
  packBuilt(records: Buffer, head: BatchHead): Packed | Promise<Packed> {
    if (head.compression === 'none' || records.length < COMPRESS_FROM_BYTES) {
      return {
        pieces: [batchHead(records, { ...head, compression: 'none' }), records],
        release: () => drop(records.length),
      };
    }
    const done = (made: Buffer): Packed => {
      drop(records.length);
      return this.#compressed(made, head);
    };
    if (head.compression === 'lz4') return done(this.kernel.lz4Of(records));
    const made = head.compression === 'gzip' ? gzipOf(records) : zstdOf(records);
    return made instanceof Promise ? made.then(done) : done(made);
  }

  #uncompressed({ from, count, bytes }: PlannedRecords, options: BatchHead): Packed {
    const { kernel } = this;
    const head: BatchHead = { ...options, compression: 'none' };
    const size = HEAD_BYTES + bytes;
    const place = size < ROOM_FROM_BYTES ? null : kernel.memory.room.take(size + BEHIND_BYTES);
    kernel.build(from, count, (place ?? PACKED_AT) + HEAD_BYTES);
    if (place === null) return this.#keep(bytes, head);
    this.#seal(place, bytes, head);
    return this.#inRoom(place, size);
  }

  #compressed(made: Buffer, head: BatchHead): Packed {
    if (HEAD_BYTES + made.length > PACKED_BYTES) {
      return { pieces: [batchHead(made, head), made], release: NOTHING };
    }
    this.kernel.memory.bytes.set(made, PACKED_AT + HEAD_BYTES);
    return this.#keep(made.length, head);
  }

  /** Records at the place where their length was not known yet: gives them a head and a place to stay. */
  #keep(recordsBytes: number, head: BatchHead): Packed {
    const { bytes, room } = this.kernel.memory;
    const size = HEAD_BYTES + recordsBytes;
    this.#seal(PACKED_AT, recordsBytes, head);
    const place = size < ROOM_FROM_BYTES ? null : room.take(size + BEHIND_BYTES);
    if (place === null) {
      return { pieces: [Buffer.from(bytes.subarray(PACKED_AT, PACKED_AT + size))], release: NOTHING };
    }
    bytes.copyWithin(place, PACKED_AT, PACKED_AT + size);
    return this.#inRoom(place, size);
  }

  #seal(at: number, recordsBytes: number, head: BatchHead): void {
    const { bytes } = this.kernel.memory;
    const end = at + HEAD_BYTES + recordsBytes;
    const target = bytes.subarray(at, at + HEAD_BYTES);
    writeHead(target, recordsBytes, head);
    target.writeUInt32BE(this.kernel.crc32c(at + CRC_FROM, end), CRC_AT);
  }

  #inRoom(place: number, size: number): Packed {
    const { bytes, room } = this.kernel.memory;
    return { pieces: [bytes.subarray(place, place + size)], release: () => room.give(place) };
  }
}
