// Which message goes to which partition. A slot is a partition of a topic of this call; the messages are sorted by slot
// (a counting sort, so those of a slot stay in their order).
import { INDEX, LISTS, NO_KEY, ORDER, SLOT_OF, SLOTS, TOPICS } from './memory';
import { murmur2 } from './murmur2';

/** The index points outside the bytes that were staged. */
const STRANGE: i32 = -1;

@inline
function partitionOf(entry: usize, base: usize, count: u32, turn: u32): u32 {
  const keyStart = load<u32>(entry, 4);
  if (keyStart == NO_KEY) return turn % count;
  return (murmur2(base + keyStart, base + load<u32>(entry, 8)) & 0x7fff_ffff) % count;
}

/**
 * Sorts `count` messages; the arena from `first` to `end` is staged so that its byte 0 would stand at `base`. Answers how
 * many slots have messages: LISTS says which, and where theirs stand in ORDER.
 */
export function sort(count: u32, base: usize, first: u32, end: u32, turn: u32): i32 {
  let lists: usize = LISTS;
  for (let message: u32 = 0; message < count; message++) {
    const entry = INDEX + (message << 4);
    const keyEnd = load<u32>(entry, 8);
    const keyStart = load<u32>(entry, 4);
    const start = keyStart == NO_KEY ? keyEnd : keyStart;
    if (start < first || start > keyEnd || keyEnd > load<u32>(entry, 12) || load<u32>(entry, 12) > end) {
      forget(lists);
      return STRANGE;
    }
    const topic = TOPICS + (<usize>load<u32>(entry) << 3);
    const slot = load<u32>(topic, 4) + partitionOf(entry, base, load<u32>(topic), turn);
    store<u32>(SLOT_OF + (message << 2), slot);
    const messages = load<u32>(SLOTS + (slot << 2));
    store<u32>(SLOTS + (slot << 2), messages + 1);
    if (messages == 0) {
      store<u32>(lists, slot);
      lists += 16;
    }
  }
  let next: u32 = 0;
  for (let list: usize = LISTS; list < lists; list += 16) {
    const slot = SLOTS + (<usize>load<u32>(list) << 2);
    store<u32>(list, next, 4);
    next += load<u32>(slot);
    store<u32>(list, next, 8);
    store<u32>(slot, load<u32>(list, 4));
  }
  for (let message: u32 = 0; message < count; message++) {
    const slot = SLOTS + (<usize>load<u32>(SLOT_OF + (message << 2)) << 2);
    const at = load<u32>(slot);
    store<u32>(ORDER + (at << 2), message);
    store<u32>(slot, at + 1);
  }
  forget(lists);
  return <i32>((lists - LISTS) >> 4);
}

function forget(lists: usize): void {
  for (let list: usize = LISTS; list < lists; list += 16) store<u32>(SLOTS + (<usize>load<u32>(list) << 2), 0);
}
