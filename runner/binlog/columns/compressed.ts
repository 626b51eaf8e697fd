/**
 * Values of MariaDB's COMPRESSED columns (sql/field.cc, Field_longstr::uncompress and compress_zlib):
 *
 *   1  how: 0 = not compressed, the value follows; else high four bits the method (8 = zlib), bit 3 set = the stream
 *      is without zlib's header, low three bits = n
 *   n  uncompressed length, big-endian
 *   m  deflate stream
 *
 * The empty value is no bytes at all.
 */
import { inflateRawSync, inflateSync } from 'node:zlib';
import { CdcError } from '../../../core/errors.ts';

const METHOD_ZLIB = 8;
const RAW = 0x08;

const corrupt = (problem: string, cause?: unknown): CdcError =>
  new CdcError('CDC_BINLOG_CORRUPT', `compressed value: ${problem}`, cause === undefined ? {} : { cause });

export function uncompressed(bytes: Buffer): Buffer {
  const first = bytes[0];
  if (first === undefined) return bytes;
  if (first === 0) return bytes.subarray(1);
  const lengthBytes = first & 0x07;
  if (first >> 4 !== METHOD_ZLIB || lengthBytes < 1 || lengthBytes > 4 || bytes.length < 1 + lengthBytes) {
    throw corrupt(`begins with ${first}`);
  }
  const wanted = bytes.readUIntBE(1, lengthBytes);
  const stream = bytes.subarray(1 + lengthBytes);
  // the length is only a bound: a damaged one must not make us allocate
  const limit = { maxOutputLength: Math.max(wanted, 1) };
  let inflated: Buffer;
  try {
    inflated = (first & RAW) !== 0 ? inflateRawSync(stream, limit) : inflateSync(stream, limit);
  } catch (cause) {
    throw corrupt('its stream is damaged', cause);
  }
  if (inflated.length !== wanted) throw corrupt(`wanted ${wanted} bytes, had ${inflated.length}`);
  return inflated;
}
