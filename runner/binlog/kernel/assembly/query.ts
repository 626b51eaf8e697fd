// The event that begins a transaction's rows: a QUERY_EVENT of the statement BEGIN (../../events/query.ts has its layout,
// ../../events/query-status.ts that of its status variables, which say nothing here but have to be whole).
import { HEADER } from './event';

const POST_HEADER: usize = 13;
/** `BEGI` */
const BEGIN: u32 = 0x4947_4542;
const TOO_MANY_DATABASES: u32 = 254;
/** Bytes of the variables of one size, by their codes from 0 to 20; 0: of no such size. */
const SIZES = memory.data<u8>([4, 8, 0, 4, 6, 0, 0, 2, 2, 8, 4, 0, 0, 3, 0, 0, 1, 8, 2, 1, 1]);
const SIZES_COUNT: u32 = 21;

@inline
function byteAt(at: usize, end: usize): u32 {
  return at < end ? load<u8>(at) : 0;
}

/** Where the variable ends that begins behind its code; 0 where that is for JavaScript to say. */
function variableEnd(code: u32, at: usize, end: usize): usize {
  const size: u32 = code < SIZES_COUNT ? load<u8>(SIZES + code) : 0;
  if (size > 0) return at + size;
  switch (code) {
    case 2:
      return at + byteAt(at, end) + 2;
    case 5:
    case 6:
      return at + byteAt(at, end) + 1;
    case 11: {
      const host = at + byteAt(at, end) + 1;
      return host + byteAt(host, end) + 1;
    }
    case 12: {
      let left = byteAt(at, end);
      let name = at + 1;
      if (left == TOO_MANY_DATABASES) return name;
      for (; left > 0; left--) {
        while (name < end && load<u8>(name) != 0) name++;
        name++;
      }
      return name;
    }
    default:
      return 0;
  }
}

function isWhole(from: usize, end: usize): bool {
  let at = from;
  while (at < end) {
    at = variableEnd(load<u8>(at), at + 1, end);
    if (at == 0) return false;
  }
  return at == end;
}

/** "BEGIN" and nothing else, in an event that is as it should be. */
export function isBegin(event: usize, end: usize): bool {
  const body = event + HEADER;
  if (body + POST_HEADER > end) return false;
  const status = body + POST_HEADER;
  const database = status + <usize>load<u16>(body, 11);
  const nul = database + <usize>load<u8>(body, 8);
  if (nul + 6 != end || load<u8>(nul) != 0) return false;
  return load<u32>(nul, 1) == BEGIN && load<u8>(nul, 5) == 0x4e && isWhole(status, database);
}
