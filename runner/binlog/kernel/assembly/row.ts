// The row at hand, and what all its parts need.
import { noRoom } from './memory';

export abstract class Row {
  /** Where the next value is read. */
  static source: usize = 0;
  /** Where the rows of the event end. */
  static sourceEnd: usize = 0;
  /** Where the batch's memory ends. */
  static limit: usize = 0;
  /** What the fixed parts of the row may still need. */
  static fixedRoom: usize = 0;
}

@inline
export function need(at: usize, bytes: u32): void {
  if (<u64>at + <u64>bytes + <u64>Row.fixedRoom > <u64>Row.limit) noRoom();
}

/** A copy of sixteen bytes at a time: what is copied too much is written over. */
@inline
export function put(at: usize, from: usize, length: u32): usize {
  for (let i: u32 = 0; i < length; i += 16) v128.store(at + i, v128.load(from + i));
  return at + length;
}
