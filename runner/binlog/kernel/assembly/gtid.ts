// The event that opens a transaction (../../events/gtid.ts has its layout), and which transactions were walked through.
import { ANONYMOUS_GTID, HEADER, typeOf } from './event';
import { COMMIT_TEXT, GTID_TEXT, HEX, RUNS, WALK } from './memory';
import { putU64 } from './numbers';

const NULL: u32 = 0x6c6c_756e;
const ORIGINAL_TIME: u64 = 0x0080_0000_0000_0000;
const TIME_BITS: u64 = 0x007f_ffff_ffff_ffff;
const US_MAX: u64 = 0x001f_ffff_ffff_ffff;
const ODD: u64 = 0xffff_ffff_ffff_ffff;
/** Two quotes are where uuid and number are not. */
const UUID_CHARS: u32 = 36;
export const RUN_BYTES: u32 = 32;
export const RUNS_MAX: u32 = 32;

function putUuid(uuid: usize, to: usize): void {
  let at = to;
  for (let i: u32 = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) store<u8>(at++, 0x2d);
    const byte: u32 = load<u8>(uuid + i);
    store<u8>(at, load<u8>(HEX + (byte >> 4)));
    store<u8>(at, load<u8>(HEX + (byte & 15)), 1);
    at += 2;
  }
}

/** Microseconds of the commit on the server where the transaction is from; 0: not told; ODD: the event is not whole. */
function commitTime(clock: usize, end: usize): u64 {
  if (clock >= end || load<u8>(clock) != 2) return 0;
  if (clock + 17 > end) return ODD;
  if (clock + 24 > end) return 0;
  const here = load<u64>(clock + 17) & 0x00ff_ffff_ffff_ffff;
  if ((here & ORIGINAL_TIME) == 0) return here;
  return clock + 31 > end ? ODD : load<u64>(clock + 24) & TIME_BITS;
}

/** A transaction of the server at hand: its commit time, and that tables are named anew. */
export function beginTexts(event: usize, us: u64): bool {
  if (load<u32>(event, 5) != load<u32>(WALK, 16)) return false;
  let length: u32 = 4;
  if (us == 0) store<u32>(COMMIT_TEXT, NULL);
  else length = <u32>(putU64(COMMIT_TEXT, us) - COMMIT_TEXT);
  store<u32>(WALK, length, 108);
  store<f64>(WALK, <f64>us, 72);
  store<u32>(WALK, load<u32>(event), 64);
  // tables that are named from here on
  store<u32>(WALK, load<u32>(WALK, 40) + 1, 40);
  return true;
}

/** Writes the transaction's texts. false where it is not as it should be. */
export function beginTransaction(event: usize, end: usize): bool {
  const body = event + HEADER;
  if (body + 25 > end) return false;
  const us = commitTime(body + 25, end);
  // more than a double holds, or not whole: damaged
  if (us > US_MAX || !beginTexts(event, us)) return false;
  if (typeOf(event) == ANONYMOUS_GTID) {
    store<u32>(GTID_TEXT, NULL);
    store<u32>(WALK, 4, 104);
    store<u32>(WALK, 0, 128);
    return true;
  }
  const gno = load<i64>(body, 17);
  if (gno < 1) return false;
  if (load<u32>(WALK, 128) == 0 || memory.compare(body + 1, WALK + 112, 16) != 0) {
    store<u8>(GTID_TEXT, 0x22);
    putUuid(body + 1, GTID_TEXT + 1);
    store<u8>(GTID_TEXT + 1 + UUID_CHARS, 0x3a);
    memory.copy(WALK + 112, body + 1, 16);
    store<u32>(WALK, 1, 128);
  }
  const at = putU64(GTID_TEXT + 2 + UUID_CHARS, <u64>gno);
  store<u8>(at, 0x22);
  store<u32>(WALK, <u32>(at + 1 - GTID_TEXT), 104);
  return true;
}

/** The transaction that this event opens was walked through. false where no more can be kept. */
export function keepRun(event: usize): bool {
  const body = event + HEADER;
  if (typeOf(event) == ANONYMOUS_GTID) return true;
  const count = load<u32>(WALK, 80);
  const gno = load<u64>(body, 17);
  if (count > 0) {
    const last = RUNS + (count - 1) * RUN_BYTES;
    if (load<u64>(last, 24) + 1 == gno && memory.compare(last, body + 1, 16) == 0) {
      store<u64>(last, gno, 24);
      return true;
    }
  }
  if (count == RUNS_MAX) return false;
  const run = RUNS + count * RUN_BYTES;
  memory.copy(run, body + 1, 16);
  store<u64>(run, gno, 16);
  store<u64>(run, gno, 24);
  store<u32>(WALK, count + 1, 80);
  return true;
}
