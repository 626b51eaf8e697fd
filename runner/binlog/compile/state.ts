/** What a compiled row function works on: where it reads, where it writes. One per stream, used again and again. */
import type { MessageBatch } from '../../../core/message-batch.ts';

export interface RowState {
  /** The whole memory that holds the event: places are counted in it, not in the event. */
  bytes: Buffer;
  source: DataView;
  /** Where the next value begins. */
  from: number;
  /** Where the rows of the event end. */
  end: number;
  /** Where the null bits of the image begin that is being read. */
  nulls: number;
  batch: MessageBatch;
  /** The batch's memory, as long as it is not moved. */
  target: Buffer;
  out: DataView;
  /** Where the next byte goes. */
  at: number;
  /** Where the key of the message ends. */
  keyEnd: number;
  /** Places of each column of the key: start and end in the first image, start and end in the second. */
  readonly keys: Int32Array;
}

/**
 * Thrown where the compiled path does not know how to go on: damaged bytes, text that is not well formed, a label
 * that is missing, a key that changes. The row is then read by the interpreted path, which knows, or tells what is
 * wrong.
 */
export const GIVE_UP = new Error('not for the compiled path');

/** Makes room for `size` bytes behind `at`. */
export function makeRoom(state: RowState, at: number, size: number): void {
  const { batch } = state;
  batch.length = at;
  batch.reserve(size);
  state.target = batch.bytes;
  state.out = batch.view;
}
