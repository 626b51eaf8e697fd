// What stands behind the images of an event's rows, by the format's template: texts and fields in turn. An entry is place and
// length of a text, and the field behind it.
import { BEFORE_ROW, BEHIND_ROW, CALL, COMMIT_TEXT, GTID_TEXT, TEMPLATE, WALK } from './memory';
import { logPosOf } from './event';
import { putPadded, putU32 } from './numbers';
import { put } from './row';
import { addTailRoom } from './tables';

const TIMESTAMP: u32 = 1;
const LOG_POS: u32 = 2;
const GTID: u32 = 3;
const COMMIT_US: u32 = 4;
const PADDED_LOG_POS: u32 = 5;

const ENTRY_BYTES: usize = 12;
const BILLION: u32 = 1000000000;

function putField(field: u32, event: usize, to: usize): usize {
  switch (field) {
    case TIMESTAMP:
      return putU32(to, load<u32>(event));
    case LOG_POS:
      return putU32(to, logPosOf(event));
    case GTID:
      return put(to, GTID_TEXT, load<u32>(WALK, 104));
    case COMMIT_US:
      return put(to, COMMIT_TEXT, load<u32>(WALK, 108));
    case PADDED_LOG_POS: {
      const high = logPosOf(event) / BILLION;
      const at = putPadded(to, high, 4);
      return putPadded(at, logPosOf(event) - high * BILLION, 9);
    }
    default:
      return to;
  }
}

function putTexts(first: usize, count: u32, event: usize, to: usize): u32 {
  let at = to;
  for (let i: u32 = 0, entry = first; i < count; i++, entry += ENTRY_BYTES) {
    at = put(at, load<u32>(entry), load<u32>(entry, 4));
    at = putField(load<u32>(entry, 8), event, at);
  }
  return <u32>(at - to);
}

export function putTails(event: usize): void {
  const before = load<u32>(WALK, 32);
  const behind = load<u32>(WALK, 36);
  const beforeBytes = putTexts(TEMPLATE, before, event, BEFORE_ROW);
  const behindBytes = putTexts(TEMPLATE + before * ENTRY_BYTES, behind, event, BEHIND_ROW);
  store<u32>(CALL, beforeBytes, 36);
  store<u32>(CALL, behindBytes, 40);
  addTailRoom(beforeBytes + behindBytes);
}
