// MariaDB's event that opens a group of events (../../events/mariadb-gtid.ts has its layout), and which groups were walked
// through: the newest of each domain stands for all before it.
import { HEADER } from './event';
import { beginTexts, RUN_BYTES, RUNS_MAX } from './gtid';
import { GTID_TEXT, RUNS, WALK } from './memory';
import { putU32, putU64 } from './numbers';

/** Standalone, XA PREPARE, end of an XA transaction. */
const NOT_ORDINARY: u32 = 0xc1;

/** Writes the group's texts. false where it is not an ordinary transaction. */
export function beginGroup(event: usize, end: usize): bool {
  const body = event + HEADER;
  if (body + 13 > end || (load<u8>(body, 12) & NOT_ORDINARY) != 0) return false;
  if (!beginTexts(event, 0)) return false;
  store<u8>(GTID_TEXT, 0x22);
  let at = putU32(GTID_TEXT + 1, load<u32>(body, 8));
  store<u8>(at, 0x2d);
  at = putU32(at + 1, load<u32>(event, 5));
  store<u8>(at, 0x2d);
  at = putU64(at + 1, load<u64>(body));
  store<u8>(at, 0x22);
  store<u32>(WALK, <u32>(at + 1 - GTID_TEXT), 104);
  store<u32>(WALK, 0, 128);
  return true;
}

/** The group that this event opens was walked through. false where no more can be kept. */
export function keepGroup(event: usize): bool {
  const body = event + HEADER;
  const domain = load<u32>(body, 8);
  const count = load<u32>(WALK, 80);
  let run: usize = RUNS;
  let place: u32 = 0;
  while (place < count && load<u32>(run) != domain) {
    place++;
    run += RUN_BYTES;
  }
  if (place == RUNS_MAX) return false;
  store<u32>(run, domain);
  store<u32>(run, load<u32>(event, 5), 4);
  store<u64>(run, load<u64>(body), 24);
  if (place == count) store<u32>(WALK, count + 1, 80);
  return true;
}
