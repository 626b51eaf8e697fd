/**
 * The memory that the kernel works in (assembly/memory.ts has the fixed places below the arena). It never grows: record
 * batches that are in flight lie in it. Pages that are not used cost nothing.
 *
 *         0   words of the call, tables, topics, slots, lists and order of the messages, their index
 *     1 MiB   the arena of a batch, or a part of it
 *   2.4 MiB   records, before they are compressed
 *   3.9 MiB   a record batch, before it is known how long it is
 *             room for record batches until they are acknowledged
 */
import { Room } from './room.ts';

export const CALL_AT = 4096;
export const TOPICS_AT = 49_152;
export const LISTS_AT = 704_512;
export const ORDER_AT = 868_352;
export const INDEX_AT = 901_120;

export const MESSAGES_MAX = 8_192;
export const TOPICS_MAX = 65_536;
export const SLOTS_MAX = 32_768;

export const ARENA_AT = 1_048_576;
/** More than a batch of the stream has in the rule. */
export const ARENA_BYTES = 1_441_792;
export const RECORDS_AT = ARENA_AT + ARENA_BYTES;
/** One message that fills the arena, or many that are a record batch. */
export const RECORDS_BYTES = 1_572_864;
export const PACKED_AT = RECORDS_AT + RECORDS_BYTES;
/** What of RECORDS_BYTES can't be compressed, with a head. */
export const PACKED_BYTES = 1_638_400;
const ROOM_AT = PACKED_AT + PACKED_BYTES;
/** What may be in flight by default (8 MiB and a batch), uncompressed, with what it is rounded up by. */
const ROOM_BYTES = 12_582_912;
const PAGE_BYTES = 65_536;
const PAGES = (ROOM_AT + ROOM_BYTES) / PAGE_BYTES;

export class ProduceMemory {
  readonly memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  readonly bytes = Buffer.from(this.memory.buffer);
  readonly words = new Uint32Array(this.memory.buffer);
  readonly room = new Room(ROOM_AT, ROOM_AT + ROOM_BYTES);
}
