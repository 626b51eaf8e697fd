// Ordinary transactions, one after the other, from the bytes of the log to the bytes of their messages: GTID event, BEGIN,
// table maps, rows, XID. What is anything else, or is not all there, is left as it is with its whole transaction. Words of
// the walk: ../transaction-kernel.ts.
import {
  ANONYMOUS_GTID,
  DELETE_ROWS,
  DELETE_ROWS_V1,
  GTID,
  HEADER,
  logPosOf,
  MARIADB_ANNOTATE_ROWS,
  MARIADB_GTID,
  QUERY,
  ROWS_QUERY,
  sizeOf,
  TABLE_MAP,
  typeOf,
  WRITE_ROWS,
  WRITE_ROWS_V1,
  XID,
} from './event';
import { beginTransaction, keepRun } from './gtid';
import { beginGroup, keepGroup } from './mariadb-gtid';
import { isBegin } from './query';
import { CALL, WALK } from './memory';
import { encode } from './rows';
import { putTails } from './tails';
import { findProgram, findTable, isDropped, isKnownMap, useProgram } from './tables';

/** Why the walk stopped. */
const MORE: i32 = 0;
const OTHER: i32 = 1;
const FULL: i32 = 2;
const NO_ROOM: i32 = 3;
const REACHED: i32 = 4;

const XID_BYTES: u32 = 8;

/** Nothing is in the way. */
const DONE: i32 = -1;

/** What was walked through counts from here on. */
@inline
function keep(at: usize, logPos: u32, events: u32): void {
  store<u32>(WALK, at, 44);
  store<u32>(WALK, load<u32>(WALK, 48) + events, 48);
  store<u32>(WALK, load<u32>(CALL, 8), 52);
  store<u32>(WALK, load<u32>(CALL, 24), 56);
  store<u32>(WALK, logPos, 60);
}

/** Where the events end that were looked at last. */
let position: u32 = 0;

/** Goes on to this event: it ends where the one before it ended, or behind that. */
@inline
function follows(event: usize): bool {
  const end = logPosOf(event);
  if (end < position) return false;
  position = end;
  return true;
}

/** A rows event, in version 2 with extra row info: its messages. DONE, OTHER or NO_ROOM. */
function putRows(event: usize, end: usize, action: u32, hasExtra: bool): i32 {
  const body = event + HEADER;
  if (body + 11 > end || load<u16>(body, 4) != 0 || load<u32>(event, 5) != load<u32>(WALK, 16)) return OTHER;
  const table = findTable(load<u32>(body));
  if (table == 0 || load<u32>(table, 16) != load<u32>(WALK, 40)) return OTHER;
  if (isDropped(table)) return DONE;
  store<u32>(WALK, table, 96);
  let at = body + 8;
  if (hasExtra) {
    const extra = <usize>load<u16>(at);
    if (extra < 2) return OTHER;
    at += extra;
  }
  let columns: u32 = at < end ? load<u8>(at) : 0;
  if (columns < 251) at += 1;
  else {
    if (columns != 252 || at + 3 > end) return OTHER;
    columns = load<u16>(at, 1);
    at += 3;
  }
  const program = findProgram(table, action, columns, at, end);
  if (program == 0) return OTHER;
  const rows = at + load<u32>(program, 8);
  if (rows >= end) return OTHER;
  useProgram(program);
  putTails(event);
  store<u32>(CALL, rows);
  store<u32>(CALL, end, 4);
  store<u32>(CALL, 0, 32);
  if (encode() != 0) return NO_ROOM;
  store<u32>(WALK, logPosOf(event), 84);
  store<u32>(WALK, load<u32>(CALL, 32) - 1, 88);
  return DONE;
}

/** An event inside a transaction. DONE, OTHER or NO_ROOM. */
function within(event: usize, end: usize): i32 {
  if (!follows(event)) return OTHER;
  const type = typeOf(event);
  if (type >= WRITE_ROWS && type <= DELETE_ROWS) return putRows(event, end, type - WRITE_ROWS, true);
  if (type >= WRITE_ROWS_V1 && type <= DELETE_ROWS_V1) return putRows(event, end, type - WRITE_ROWS_V1, false);
  if (type == TABLE_MAP) return isKnownMap(event + HEADER, end) ? DONE : OTHER;
  if (type == MARIADB_ANNOTATE_ROWS) return DONE;
  return type == ROWS_QUERY && event + HEADER < end ? DONE : OTHER;
}

/** What stands in front of the rows: two events, on MariaDB one. DONE, MORE or OTHER. */
function begin(at: usize, end: usize, trailer: u32): i32 {
  if (at >= end) return MORE;
  const type = typeOf(at);
  if (type == MARIADB_GTID) return follows(at) && beginGroup(at, at + sizeOf(at) - trailer) ? DONE : OTHER;
  if (type != GTID && type != ANONYMOUS_GTID) return OTHER;
  if (at + sizeOf(at) >= end) return MORE;
  if (!follows(at) || !beginTransaction(at, at + sizeOf(at) - trailer)) return OTHER;
  const query = at + sizeOf(at);
  if (!follows(query) || typeOf(query) != QUERY || !isBegin(query, query + sizeOf(query) - trailer)) return OTHER;
  return DONE;
}

/** Whole transactions, until the events end or something is in the way. */
function walkWhole(end: usize, trailer: u32, stopAt: u32, fullAt: u32): i32 {
  let at: usize = load<u32>(WALK);
  for (;;) {
    const begun = begin(at, end, trailer);
    if (begun != DONE) return begun;
    const first = at;
    const isGroup = typeOf(at) == MARIADB_GTID;
    at += sizeOf(at);
    if (!isGroup) at += sizeOf(at);
    let events: u32 = isGroup ? 2 : 3;
    for (;;) {
      if (at >= end) return MORE;
      if (typeOf(at) == XID) {
        if (!follows(at) || sizeOf(at) < HEADER + XID_BYTES + trailer) return OTHER;
        break;
      }
      const done = within(at, at + sizeOf(at) - trailer);
      if (done != DONE) return done;
      at += sizeOf(at);
      events += 1;
    }
    const logPos = logPosOf(at);
    at += sizeOf(at);
    if (!(isGroup ? keepGroup(first) : keepRun(first))) return FULL;
    keep(at, logPos, events);
    store<u32>(WALK, load<u32>(WALK, 100) + 1, 100);
    if (logPos >= stopAt) return REACHED;
    if (load<u32>(CALL, 8) >= fullAt) return FULL;
  }
  return OTHER;
}

/** Events in the middle of a transaction that JavaScript began, and ends. */
function walkWithin(end: usize, trailer: u32, fullAt: u32): i32 {
  let at: usize = load<u32>(WALK);
  for (;;) {
    if (at >= end) return MORE;
    const done = within(at, at + sizeOf(at) - trailer);
    if (done != DONE) return done;
    const logPos = logPosOf(at);
    at += sizeOf(at);
    keep(at, logPos, 1);
    if (load<u32>(CALL, 8) >= fullAt) return FULL;
  }
  return OTHER;
}

export function walk(): i32 {
  const end: usize = load<u32>(WALK, 4);
  position = load<u32>(WALK, 132);
  const trailer = load<u32>(WALK, 12);
  if (load<u32>(WALK, 20) != 0) return walkWithin(end, trailer, load<u32>(WALK, 28));
  return walkWhole(end, trailer, load<u32>(WALK, 24), load<u32>(WALK, 28));
}
