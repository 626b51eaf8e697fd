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
import type { Compression } from '../../../../core/kafka/settings.ts';
import type { ProducerId } from '../wire/transactions.ts';
import { crc32c } from './crc32c.ts';

export const HEAD_BYTES = 61;
const BEFORE_LENGTH_BYTES = 12;
export const CRC_AT = 17;
export const CRC_FROM = 21;
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

/** All of a head but its checksum, at the beginning of `to`, for records of so many bytes, compressed. */
export function writeHead(to: Buffer, recordsBytes: number, options: BatchHead): void {
  const attributes = CODEC[options.compression] | (options.transactional ? TRANSACTIONAL : 0);
  to.writeBigInt64BE(0n, 0);
  to.writeInt32BE(HEAD_BYTES - BEFORE_LENGTH_BYTES + recordsBytes, 8);
  to.writeInt32BE(-1, 12);
  to.writeInt8(2, 16);
  to.writeInt16BE(attributes, 21);
  to.writeInt32BE(options.count - 1, 23);
  to.writeBigInt64BE(BigInt(options.timestampMs), 27);
  to.writeBigInt64BE(BigInt(options.timestampMs), 35);
  to.writeBigInt64BE(options.producer.id, 43);
  to.writeInt16BE(options.producer.epoch, 51);
  to.writeInt32BE(options.baseSequence, 53);
  to.writeInt32BE(options.count, 57);
}

/** The head of a batch of these records, which are compressed already. */
export function batchHead(records: Buffer, options: BatchHead): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  writeHead(head, records.length, options);
  head.writeUInt32BE(crc32c(records, crc32c(head.subarray(CRC_FROM))), CRC_AT);
  return head;
}
