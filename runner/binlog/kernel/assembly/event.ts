// Types and header of events (../../header.ts and ../../event-types.ts have them all).

export const QUERY: u32 = 2;
export const XID: u32 = 16;
export const TABLE_MAP: u32 = 19;
export const ROWS_QUERY: u32 = 29;
export const WRITE_ROWS: u32 = 30;
export const UPDATE_ROWS: u32 = 31;
export const DELETE_ROWS: u32 = 32;
export const GTID: u32 = 33;
export const ANONYMOUS_GTID: u32 = 34;

export const HEADER: u32 = 19;

/** Of the kinds that an ordinary transaction is made of. */
export function isOrdinary(type: u32): bool {
  return type == QUERY || type == XID || type == TABLE_MAP || (type >= ROWS_QUERY && type <= ANONYMOUS_GTID);
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
