/**
 * GTID_LOG_EVENT and ANONYMOUS_GTID_LOG_EVENT (MySQL libs/mysql/binlog/event/control_events.h): open a
 * transaction.
 *
 *    1  flags
 *   16  uuid of the server
 *    8  transaction number (gno), signed
 *    1  2: the two numbers follow            } from 5.7 on
 *   16  last committed, sequence number      }
 *    7  commit time here, microseconds; bit 55: the next field is there     } from 8.0.1 on
 *   (7) commit time on the original server                                  }
 *  1-9  length of the transaction                                           from 8.0.2 on
 *    4  server version here; bit 31: the next field is there                from 8.0.14 on
 *   (4) version of the original server
 *   (8) commit group ticket
 */
import type { GtidEvent } from '../event.ts';
import { EVENT } from '../event-types.ts';
import type { ByteReader } from '../reader.ts';
import { uuidText } from './uuid.ts';

const UUID_LENGTH = 16;
const LOGICAL_CLOCK = 2;
const LOGICAL_CLOCK_LENGTH = 16;
const TIME_LENGTH = 7;
const HAS_ORIGINAL_TIME = 0x80;

/** One commit time without its flag bit, and the flag. */
function commitTime(reader: ByteReader, what: string): { us: number; original: boolean } {
  const low = reader.u48(what);
  const high = reader.u8(what);
  const us = low + (high & ~HAS_ORIGINAL_TIME) * 2 ** 48;
  return { us, original: (high & HAS_ORIGINAL_TIME) !== 0 };
}

function originalCommitUs(reader: ByteReader): number | null {
  if (reader.left === 0 || reader.u8('clock type') !== LOGICAL_CLOCK) return null;
  reader.take(LOGICAL_CLOCK_LENGTH, 'logical clock');
  if (reader.left < TIME_LENGTH) return null;
  const here = commitTime(reader, 'commit time');
  const us = here.original ? commitTime(reader, 'original commit time').us : here.us;
  // 0: the original server is too old to tell
  return us === 0 ? null : us;
}

export function parseGtid(reader: ByteReader): GtidEvent {
  const { header } = reader;
  reader.take(1, 'flags');
  const uuid = uuidText(reader.bytes, reader.take(UUID_LENGTH, 'uuid'));
  const gno = reader.i64('transaction number');
  const anonymous = header.typeCode === EVENT.ANONYMOUS_GTID;
  if (!anonymous && gno < 1n) throw reader.fail(`transaction number ${gno} is below 1`);
  return {
    kind: 'gtid',
    header,
    gtid: anonymous ? null : `${uuid}:${gno}`,
    commitUs: originalCommitUs(reader),
    standalone: false,
    xaPrepared: false,
    xaCompleted: false,
  };
}
