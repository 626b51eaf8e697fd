/**
 * MariaDB's GTID_EVENT (sql/log_event.h): opens an event group. The server id is the header's.
 *
 *    8  sequence number
 *    4  domain id
 *    1  flags: 1 standalone (one statement, no COMMIT), 2 a group commit id follows, 64 the group is an
 *       XA PREPARE, 128 it completes one; the others say how it may run in parallel
 *    …  group commit id, XID, padding: not needed
 *
 * MariaDB's GTID_LIST_EVENT: the newest GTID of each domain and server before this file.
 *
 *    4  count; its 4 highest bits are flags
 *  16n  domain id (4), server id (4), sequence number (8) each; the last of a domain is its newest
 */
import { MariadbGtidSet } from '../../../core/gtid-set.ts';
import type { GtidEvent, GtidSetEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';

const FLAG_STANDALONE = 0x01;
const FLAG_XA_PREPARED = 0x40;
const FLAG_XA_COMPLETED = 0x80;
const COUNT_MASK = 0x0fff_ffff;
const ENTRY_LENGTH = 16;

export function parseMariadbGtid(reader: ByteReader): GtidEvent {
  const { header } = reader;
  const sequence = reader.u64('sequence number');
  const domain = reader.u32('domain id');
  const flags = reader.u8('flags');
  return {
    kind: 'gtid',
    header,
    gtid: `${domain}-${header.serverId}-${sequence}`,
    commitUs: null,
    standalone: (flags & FLAG_STANDALONE) !== 0,
    xaPrepared: (flags & FLAG_XA_PREPARED) !== 0,
    xaCompleted: (flags & FLAG_XA_COMPLETED) !== 0,
  };
}

export function parseGtidList(reader: ByteReader): GtidSetEvent {
  const count = reader.u32('count') & COUNT_MASK;
  const list = reader.part(count * ENTRY_LENGTH, 'list');
  const gtids = new MariadbGtidSet();
  while (list.left > 0) {
    const domain = list.u32('domain id');
    const server = list.u32('server id');
    gtids.add(`${domain}-${server}-${list.u64('sequence number')}`);
  }
  return { kind: 'gtid_set', header: reader.header, gtidSet: gtids.toString() };
}
