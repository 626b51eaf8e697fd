/**
 * Reading a partition, for the positions that a transactional producer has left there:
 *
 *   ListOffsets v2   replica INT32 (-1), isolation INT8, [topic STRING, [partition INT32, timestamp INT64]]
 *                    -> throttle INT32, [topic STRING, [partition INT32, error INT16, timestamp INT64, offset INT64]]
 *                    timestamp -1: the end, -2: the first that is there
 *   Fetch v4         replica INT32, max_wait_ms INT32, min_bytes INT32, max_bytes INT32, isolation INT8,
 *                    [topic STRING, [partition INT32, offset INT64, max_bytes INT32]]
 *                    -> throttle INT32, [topic STRING, [partition INT32, error INT16, high_watermark INT64,
 *                    last_stable INT64, [producer INT64, first_offset INT64], records RECORDS]]
 */
import type { Api } from './connection.ts';

export const LATEST = -1;
export const EARLIEST = -2;
/** All that is there, whether its transaction has ended or not. */
const READ_UNCOMMITTED = 0;

export const LIST_OFFSETS: Api<{ readonly code: number; readonly offset: bigint }> = {
  key: 2,
  version: 2,
  name: 'ListOffsets',
  read: (reader) => {
    let found = { code: 3, offset: -1n };
    reader.int32();
    reader.array(() => {
      reader.string();
      reader.array(() => {
        reader.int32();
        const code = reader.int16();
        reader.int64();
        found = { code, offset: reader.int64() };
      });
    });
    return found;
  },
};

export const FETCH: Api<{ readonly code: number; readonly records: Buffer }> = {
  key: 1,
  version: 4,
  name: 'Fetch',
  read: (reader) => {
    let found: { code: number; records: Buffer } = { code: 3, records: Buffer.alloc(0) };
    reader.int32();
    reader.array(() => {
      reader.string();
      reader.array(() => {
        reader.int32();
        const code = reader.int16();
        reader.int64();
        reader.int64();
        reader.array(() => [reader.int64(), reader.int64()]);
        found = { code, records: reader.bytes() };
      });
    });
    return found;
  },
};

export const ISOLATION = READ_UNCOMMITTED;
