/** What Node compresses; LZ4 is the kernel's. */
import { constants, gzip, zstdCompress, zstdCompressSync } from 'node:zlib';

/**
 * Level 1 with what it keeps made smaller: each batch begins with fresh memory, and level 1 takes 600 KB of it for a window
 * and tables that a batch does not fill. A fifth less CPU for a fraction of a percent of the ratio.
 */
const ZSTD_PARAMS = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_windowLog]: 18,
  [constants.ZSTD_c_hashLog]: 12,
};

const CHUNK_BYTES_MIN = 16 * 1024;

/** One or two turns a batch: with the default of 16 KiB it takes a dozen, each with its own overhead. */
const zstdOptions = (bytes: number) => ({
  chunkSize: Math.max(CHUNK_BYTES_MIN, bytes >> 2),
  params: ZSTD_PARAMS,
});

/** What takes longer than a few milliseconds is not for the main thread. */
const ZSTD_SYNC_BYTES = 4 * 1024 * 1024;

/** Reads `records` on another thread: they have to stay until it resolves. */
export function gzipOf(records: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(records, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}

/** Large ones on another thread; handing a batch over and back costs a third of what compressing it does. */
export function zstdOf(records: Buffer): Buffer | Promise<Buffer> {
  if (records.length <= ZSTD_SYNC_BYTES) return zstdCompressSync(records, zstdOptions(records.length));
  return new Promise((resolve, reject) => {
    zstdCompress(records, zstdOptions(records.length), (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}
