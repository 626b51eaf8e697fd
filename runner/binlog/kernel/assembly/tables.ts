// What is known of tables by their ids: the bytes of the table map, and a program for each kind of rows event with it.
// ../table-directory.ts makes both.
//
//   table     id, place and length of its map, 1 where its rows are dropped, the transaction that named it last,
//             penalty, then the first program of inserts, updates, deletes
//   program   the next one, place and length of its column bitmaps, number of columns, then the words of the call
import { CALL, DIRECTORY, WALK } from './memory';

/** Multiplicative hashing, with as many probes as ../table-directory.ts makes. */
const HASH: u32 = 0x9e37_79b1;
const HASH_SHIFT: u32 = 18;
const SLOT_MASK: u32 = 16383;
const PROBES: u32 = 16;
/** Of the call, from word 11 on; see rows.ts. */
const PROGRAM_WORDS: usize = 16;
const CALL_PROGRAM: usize = CALL + 44;
/** What the tail needs beyond its texts. */
const TAIL_ROOM: u32 = 128;
/** Rows that were left to JavaScript weigh so much; above the limit the table is. */
const PENALTY_MAX: u32 = 1024;

/** 0 where there is none of this id. */
export function findTable(id: u32): usize {
  const first = (id * HASH) >>> HASH_SHIFT;
  for (let probe: u32 = 0; probe < PROBES; probe++) {
    const table: usize = load<u32>(DIRECTORY + (((first + probe) & SLOT_MASK) << 2));
    if (table == 0) return 0;
    if (load<u32>(table) == id) return table;
  }
  return 0;
}

@inline
export function isDropped(table: usize): bool {
  return load<u32>(table, 12) != 0;
}

/** The map is byte for byte the one that is known; the transaction at hand names the table. */
export function isKnownMap(body: usize, end: usize): bool {
  if (body + 8 > end) return false;
  const table = findTable(load<u32>(body));
  if (table == 0) return false;
  const length = load<u32>(table, 8);
  if (body + length != end || memory.compare(load<u32>(table, 4), body, length) != 0) return false;
  const penalty = load<u32>(table, 20);
  if (penalty != 0) {
    store<u32>(table, penalty - 1, 20);
    if (penalty > PENALTY_MAX) return false;
  }
  store<u32>(table, load<u32>(WALK, 40), 16);
  return true;
}

/** 0 where there is none for these columns. */
export function findProgram(table: usize, action: u32, columns: u32, bitmaps: usize, end: usize): usize {
  let program: usize = load<u32>(table + (action << 2), 24);
  while (program != 0) {
    const length = load<u32>(program, 8);
    if (
      load<u32>(program, 12) == columns &&
      bitmaps + length <= end &&
      memory.compare(load<u32>(program, 4), bitmaps, length) == 0
    )
      break;
    program = load<u32>(program);
  }
  return program;
}

/** Makes it the one of the call. The lengths of the tail's texts have to follow. */
@inline
export function useProgram(program: usize): void {
  memory.copy(CALL_PROGRAM, program + 16, PROGRAM_WORDS << 2);
}

/** The room of the call's program with the tail's texts. */
@inline
export function addTailRoom(texts: u32): void {
  store<u32>(CALL_PROGRAM, load<u32>(CALL_PROGRAM) + texts + TAIL_ROOM);
}
