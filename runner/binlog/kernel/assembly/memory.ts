// Places in the memory that the kernel and ../memory.ts share, and what the kernel asks of JavaScript.

/** 100 pairs of digits, two bytes each. */
export const PAIRS: usize = 2048;
/** 64 bytes. */
export const BASE64: usize = 2304;
/** 16 bytes. */
export const HEX: usize = 2368;
/** 32 bytes: what stands behind the backslash for a control character; 0: \u00xx. */
export const SHORT: usize = 2384;
/** 10 powers of ten as f64. */
export const POWERS: usize = 2432;

/** Words of the call; see ../row-kernel.ts. */
export const CALL: usize = 4096;
/** Places of the columns of the key: start and end in the first image, start and end in the second. */
export const KEYS: usize = 8192;
/** The text of a message up to the row's number in its header, and from behind it up to that in its id. */
export const BEFORE_ROW: usize = 16384;
export const BEHIND_ROW: usize = 40960;

/** Words of a walk; see ../transaction-kernel.ts. */
export const WALK: usize = 4352;
/** The GTID of the transaction as JSON, and its commit time. */
export const GTID_TEXT: usize = 4864;
export const COMMIT_TEXT: usize = 4992;
/** Runs of transactions that were walked through: uuid, first and last number, 32 bytes each. */
export const RUNS: usize = 5120;
/** What stands behind the images: text, field, text, ...; see ../tail-template.ts. */
export const TEMPLATE: usize = 6144;
/** 16,384 slots by the hash of a table's id: where its entry lies; 0: nowhere. */
export const DIRECTORY: usize = 65536;
/** Powers of x modulo the polynomial of CRC-32; see checksum.ts. */
export const NEAR_SHIFTS: usize = 131072;
export const FAR_SHIFTS: usize = 163840;

/** The row is not for the kernel: damaged bytes, text that is not well formed, a key that changes. Does not return. */
@external('env', 'giveUp')
export declare function giveUp(): void;
/** The batch has no room for the row. Does not return. */
@external('env', 'noRoom')
export declare function noRoom(): void;
/** The value of column `column` of all that were made known, whatever is rare; makes sure of the room itself. */
@external('env', 'putOutside')
export declare function putOutside(column: u32, from: usize, end: usize, to: usize): usize;
/** Texts of what the fast ways here leave aside; each returns where the next byte goes. */
@external('env', 'putDouble')
export declare function putDoubleOutside(value: f64, to: usize): usize;
@external('env', 'putFloat')
export declare function putFloatOutside(value: f64, to: usize): usize;
@external('env', 'putJsonDouble')
export declare function putJsonDoubleOutside(value: f64, to: usize): usize;
@external('env', 'putOpaque')
export declare function putOpaqueOutside(from: usize, end: usize, to: usize): usize;
