/**
 * PREVIOUS_GTIDS_LOG_EVENT (MySQL sql/rpl_gtid_set.cc, Gtid_set::encode): all GTIDs executed before this file.
 *
 *   8  count of sources; where byte 7 is 1, tags are there and the count is bytes 1 to 6
 *  per source:
 *  16  uuid
 *  (n) with tags: the tag's length as a variable-length integer (0 = none), and the tag
 *   8  count of intervals
 *  16  start, end (exclusive) of each, signed
 */
import { GNO_MAX, type Gno, toGno } from '../../../core/gno-intervals.ts';
import { GtidSet } from '../../../core/gtid-set.ts';
import type { GtidSetEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';
import { readVarlen } from './serialization.ts';
import { uuidText } from './uuid.ts';

const UUID_LENGTH = 16;
const TAG_LENGTH_MAX = 32;
const FORMAT_TAGGED = 1;
const COUNT_BITS = 48n;

function readCount(reader: ByteReader): { count: bigint; tagged: boolean } {
  const encoded = reader.u64('count of sources');
  const format = Number(encoded >> 56n);
  if (format > FORMAT_TAGGED) throw reader.fail(`GTID format ${format} is not known`);
  const tagged = format === FORMAT_TAGGED;
  return { count: BigInt.asUintN(Number(COUNT_BITS), tagged ? encoded >> 8n : encoded), tagged };
}

export function readTag(reader: ByteReader): string {
  const length = Number(readVarlen(reader, 'tag length'));
  if (length > TAG_LENGTH_MAX) throw reader.fail(`a tag of ${length} characters is above ${TAG_LENGTH_MAX}`);
  return reader.text(length, 'tag');
}

function readInterval(reader: ByteReader): [first: Gno, last: Gno] {
  const start = reader.i64('interval start');
  const end = reader.i64('interval end');
  if (start < 1n || end <= start || end > GNO_MAX + 1n) {
    throw reader.fail(`${start} to ${end} is not an interval`);
  }
  return [toGno(start), toGno(end - 1n)];
}

export function parsePreviousGtids(reader: ByteReader): GtidSetEvent {
  const set = new GtidSet();
  const { count, tagged } = readCount(reader);
  for (let source = 0n; source < count; source += 1n) {
    const uuid = uuidText(reader.bytes, reader.take(UUID_LENGTH, 'uuid'));
    const tag = tagged ? readTag(reader) : '';
    const name = tag === '' ? uuid : `${uuid}:${tag}`;
    const intervals = reader.u64('count of intervals');
    for (let left = intervals; left > 0n; left -= 1n) set.addInterval(name, ...readInterval(reader));
  }
  return { kind: 'gtid_set', header: reader.header, gtidSet: set.toString() };
}
