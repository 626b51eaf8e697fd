// Types and header of events (../../header.ts and ../../event-types.ts have them all).

export const QUERY: u32 = 2;
export const XID: u32 = 16;
export const TABLE_MAP: u32 = 19;
export const WRITE_ROWS_V1: u32 = 23;
export const DELETE_ROWS_V1: u32 = 25;
export const ROWS_QUERY: u32 = 29;
export const WRITE_ROWS: u32 = 30;
export const UPDATE_ROWS: u32 = 31;
export const DELETE_ROWS: u32 = 32;
export const GTID: u32 = 33;
export const ANONYMOUS_GTID: u32 = 34;
export const MARIADB_ANNOTATE_ROWS: u32 = 160;
export const MARIADB_GTID: u32 = 162;

export const HEADER: u32 = 19;

/** Of the kinds that an ordinary transaction is made of. */
export function isOrdinary(type: u32): bool {
  if (type == QUERY || type == XID || type == TABLE_MAP) return true;
  if (type >= ROWS_QUERY) return type <= ANONYMOUS_GTID || type == MARIADB_ANNOTATE_ROWS || type == MARIADB_GTID;
  return type >= WRITE_ROWS_V1 && type <= DELETE_ROWS_V1;
}

@inline
export function typeOf(event: usize): u32 {
  return load<u8>(event, 4);
}

@inline
export function sizeOf(event: usize): u32 {
  return load<u32>(event, 9);
}

@inline
export function logPosOf(event: usize): u32 {
  return load<u32>(event, 13);
}
