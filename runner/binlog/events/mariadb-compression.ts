/**
 * The compressed part of MariaDB's QUERY_COMPRESSED and *_ROWS_COMPRESSED events (log_bin_compress; MariaDB
 * sql/log_event.cc, binlog_buf_uncompress):
 *
 *   1  0x80 | algorithm << 4 | n; the one algorithm is 0, zlib
 *   n  uncompressed length, big-endian, 1 to 4 bytes
 *   m  zlib stream
 */
import { inflateSync } from 'node:zlib';
import type { EventHeader } from '../event.ts';
import { corrupt } from '../reader.ts';

const MARK = 0x80;

export function inflateMariadb(bytes: Buffer, header: EventHeader): Buffer {
  const first = bytes[0] ?? 0;
  const lengthBytes = first & 0x07;
  if ((first & MARK) === 0 || lengthBytes < 1 || lengthBytes > 4) {
    throw corrupt(header, `${first} does not begin a compressed part`);
  }
  const algorithm = (first >> 4) & 0x07;
  if (algorithm !== 0) throw corrupt(header, `compression algorithm ${algorithm} is not known`);
  if (bytes.length < 1 + lengthBytes) throw corrupt(header, 'wanted a compressed length, had no bytes left');
  const wanted = bytes.readUIntBE(1, lengthBytes);
  let inflated: Buffer;
  try {
    // the length is only a bound: a damaged one must not make us allocate
    inflated = inflateSync(bytes.subarray(1 + lengthBytes), { maxOutputLength: Math.max(wanted, 1) });
  } catch (cause) {
    throw corrupt(header, 'its compressed part is damaged', cause);
  }
  if (inflated.length !== wanted) {
    throw corrupt(header, `wanted ${wanted} uncompressed bytes, had ${inflated.length}`);
  }
  return inflated;
}
