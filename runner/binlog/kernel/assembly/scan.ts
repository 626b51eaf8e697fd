// Finds the whole events at the head of a piece of the log, up to one that is not of the ordinary kinds.
import { addEnd, beginSum, wantedChecksum } from './checksum';
import { HEADER, isOrdinary, sizeOf, typeOf } from './event';
import { WALK } from './memory';

const EVENT_BYTES_MAX: u32 = 2097152;

/** Words 0 and 1: from, end. Leaves the end of the last whole event in word 0, and what CRC-32 must give in word 2. */
export function scan(): void {
  const end = load<u32>(WALK, 4);
  const start: u32 = load<u32>(WALK);
  let at = start;
  beginSum();
  while (at + HEADER <= end) {
    const size = sizeOf(at);
    if (size < HEADER || size > EVENT_BYTES_MAX || at + size > end) break;
    if (!isOrdinary(typeOf(at))) break;
    at += size;
    addEnd(at - start);
  }
  store<u32>(WALK, at);
  store<u32>(WALK, wantedChecksum(at - start), 8);
}
