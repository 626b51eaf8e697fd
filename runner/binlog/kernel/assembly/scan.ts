// Finds the whole events at the head of a piece of the log, up to one that is not of the ordinary kinds.
import { behindEvent } from './checksum';
import { HEADER, isOrdinary, sizeOf, typeOf } from './event';
import { WALK } from './memory';

const EVENT_BYTES_MAX: u32 = 2097152;

/** Words 0 and 1: from, end. Leaves the end of the last whole event in word 0, and what CRC-32 must give in word 2. */
export function scan(): void {
  const end = load<u32>(WALK, 4);
  let at: u32 = load<u32>(WALK);
  let register: u32 = 0xffff_ffff;
  while (at + HEADER <= end) {
    const size = sizeOf(at);
    if (size < HEADER || size > EVENT_BYTES_MAX || at + size > end) break;
    if (!isOrdinary(typeOf(at))) break;
    register = behindEvent(register, size);
    at += size;
  }
  store<u32>(WALK, at);
  store<u32>(WALK, ~register, 8);
}
