// Places in the memory that the kernel and ../produce-memory.ts share.

/** Words of a call. */
export const CALL: usize = 4096;
/** Eight tables of CRC-32C, 256 words each. */
export const CRC_TABLES: usize = 8192;
/** 4096 positions, 16 bits each. */
export const LZ4_TABLE: usize = 16384;
/** Of the checksum: what was folded, and the rest that is left of it. */
export const FOLDED: usize = 24576;
export const FOLDED_REST: usize = 40960;
/** Per topic of the batch: count of partitions, number of the first one's slot. */
export const TOPICS: usize = 49152;
/** Per slot: messages; then where the next one goes in the order. Zero between calls. */
export const SLOTS: usize = 573440;
/** Per slot that has messages, in the order of their first ones: slot, from, to in the order, unused. */
export const LISTS: usize = 704512;
/** Per message: its slot. */
export const SLOT_OF: usize = 835584;
/** Numbers of the messages, sorted by slot. */
export const ORDER: usize = 868352;
/** Per message: topic, key start, key end, value end; see core/message-batch.ts. */
export const INDEX: usize = 901120;

/** Start of the key where there is none. */
export const NO_KEY: u32 = 0xffff_ffff;
