/**
 * A MySQL GTID set for COM_BINLOG_DUMP_GTID (sql/rpl_gtid_set.cc, Gtid_set::encode): 8 bytes count of sources; then
 * for each 16 bytes uuid, 8 bytes count of intervals, and 8 bytes start, 8 bytes end (exclusive) for each interval.
 *
 * Where a source has a tag, the form of MySQL 8.3: the count is bytes 1 to 6 between two bytes 1, and behind each
 * uuid are the tag's length, a variable-length integer, and the tag.
 */
import type { GnoIntervals } from './gno-intervals.ts';

type Source = readonly [source: string, intervals: GnoIntervals];

function encodeSource([source, intervals]: Source, tagged: boolean): Buffer {
  const [uuid = '', tag = ''] = source.split(':');
  const head = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  // a variable-length integer below 128 is one byte, shifted by one; a tag has 32 characters at most
  const tagPart = tagged ? Buffer.from([tag.length << 1, ...Buffer.from(tag, 'latin1')]) : Buffer.alloc(0);
  const list = Buffer.alloc(8 + intervals.count * 16);
  let at = list.writeBigUInt64LE(BigInt(intervals.count), 0);
  for (const [start, end] of intervals) {
    at = list.writeBigInt64LE(BigInt(start), at);
    at = list.writeBigInt64LE(BigInt(end), at);
  }
  return Buffer.concat([head, tagPart, list]);
}

/** `sources` sorted by name. */
export function encodeGtids(sources: readonly Source[]): Buffer {
  const tagged = sources.some(([source]) => source.includes(':'));
  const count = Buffer.alloc(8);
  if (tagged) {
    count.writeUInt8(1, 0);
    count.writeUIntLE(sources.length, 1, 6);
    count.writeUInt8(1, 7);
  } else count.writeUInt32LE(sources.length, 0);
  return Buffer.concat([count, ...sources.map((source) => encodeSource(source, tagged))]);
}
