/** What Node compresses; LZ4 is the kernel's. */
import { constants, gzip, zstdCompress, zstdCompressSync } from 'node:zlib';

/** One turn for the whole of a batch; with the default of 16 KiB a batch takes a dozen, each with its own overhead. */
const ZSTD = { chunkSize: 256 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } };
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
  if (records.length <= ZSTD_SYNC_BYTES) return zstdCompressSync(records, ZSTD);
  return new Promise((resolve, reject) => {
    zstdCompress(records, ZSTD, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}
