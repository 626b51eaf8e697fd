/**
 * RecordBatch v2 (kafka.apache.org/documentation/#recordbatch). Head of 61 bytes, then the records, compressed as a
 * whole:
 *
 *    0 baseOffset INT64 (0)            21 attributes INT16           43 producerId INT64
 *    8 batchLength INT32 (after it)    23 lastOffsetDelta INT32      51 producerEpoch INT16
 *   12 partitionLeaderEpoch INT32 (-1) 27 baseTimestamp INT64, ms    53 baseSequence INT32
 *   16 magic INT8 (2)                  35 maxTimestamp INT64, ms     57 records INT32
 *   17 crc UINT32, CRC-32C of 21 to the end
 *
 * Attributes: bits 0-2 codec, bit 3 timestamp type, bit 4 transactional, bit 5 control.
 */
import { constants, gzip, zstdCompress, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import type { Compression } from '../../../../core/kafka/settings.ts';
import type { ProducerId } from '../wire/transactions.ts';
import { crc32c } from './crc32c.ts';

const HEAD_BYTES = 61;
const BEFORE_LENGTH_BYTES = 12;
const CRC_FROM = 21;
const TRANSACTIONAL = 0x10;

const CODEC: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, lz4: 3, zstd: 4 };

export interface BatchHead {
  readonly compression: Compression;
  readonly transactional: boolean;
  readonly producer: ProducerId;
  /** Sequence number of its first record. */
  readonly baseSequence: number;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
}

/** Sequence numbers are INT32 and begin again at 0 behind the largest. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}

/** The head of a batch of these records, which are compressed already. */
export function batchHead(records: Buffer, options: BatchHead): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  const attributes = CODEC[options.compression] | (options.transactional ? TRANSACTIONAL : 0);
  head.writeInt32BE(HEAD_BYTES - BEFORE_LENGTH_BYTES + records.length, 8);
  head.writeInt32BE(-1, 12);
  head.writeInt8(2, 16);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(options.count - 1, 23);
  head.writeBigInt64BE(BigInt(options.timestampMs), 27);
  head.writeBigInt64BE(BigInt(options.timestampMs), 35);
  head.writeBigInt64BE(options.producer.id, 43);
  head.writeInt16BE(options.producer.epoch, 51);
  head.writeInt32BE(options.baseSequence, 53);
  head.writeInt32BE(options.count, 57);
  head.writeUInt32BE(crc32c(records, crc32c(head.subarray(CRC_FROM))), 17);
  return head;
}

/** One turn for the whole of a batch; with the default of 16 KiB a batch takes a dozen, each with its own overhead. */
const ZSTD = { chunkSize: 256 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** What takes longer than a few milliseconds is not for the main thread. */
const ZSTD_SYNC_BYTES = 4 * 1024 * 1024;

/** Off the main thread where that pays; resolves with bytes of its own, whatever becomes of `records` then. */
export function compress(compression: Exclude<Compression, 'none'>, records: Buffer): Promise<Buffer> {
  switch (compression) {
    case 'lz4':
      // its async form copies what it is given on this thread first, which costs as much as compressing does
      return Promise.resolve(compressFrameSync(records));
    case 'gzip':
      return new Promise((resolve, reject) => {
        gzip(records, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
      });
    default:
      // handing a batch to another thread and back costs a third of what compressing it does
      if (records.length <= ZSTD_SYNC_BYTES) return Promise.resolve(zstdCompressSync(records, ZSTD));
      return new Promise((resolve, reject) => {
        zstdCompress(records, ZSTD, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
      });
  }
}
