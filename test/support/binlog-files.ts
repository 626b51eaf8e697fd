/** The golden binlog files, and binlog events made by hand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { EventSplitter } from '../../runner/binlog/event-splitter.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/binlog');

/** Names of the golden files, without `.binlog`. */
export const GOLDEN = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.binlog'))
  .map((file) => file.slice(0, -'.binlog'.length));

export function goldenBytes(name: string): Buffer {
  return readFileSync(join(FOLDER, `${name}.binlog`));
}

/** What the server's own tool says of the file; see make.ts beside it. */
export function goldenLines(name: string): string[] {
  return readFileSync(join(FOLDER, `${name}.events.txt`), 'utf8')
    .trimEnd()
    .split('\n');
}

export function goldenEvents(name: string): Buffer[] {
  const splitter = new EventSplitter();
  const events = splitter.push(goldenBytes(name));
  splitter.finish();
  return events;
}

export interface EventParts {
  readonly type: number;
  readonly body?: Uint8Array;
  readonly timestamp?: number;
  readonly serverId?: number;
  readonly logPos?: number;
  readonly flags?: number;
  /** Default: none. */
  readonly checksum?: 'none' | 'crc32';
}

/** Sets the size in the header to the buffer's length. */
export function fixSize(bytes: Buffer): Buffer {
  const fixed = Buffer.from(bytes);
  fixed.writeUInt32LE(fixed.length, 9);
  return fixed;
}

/** Puts the right CRC32 into the last 4 bytes. */
export function fixChecksum(bytes: Buffer): Buffer {
  const fixed = Buffer.from(bytes);
  fixed.writeUInt32LE(crc32(fixed.subarray(0, -4)), fixed.length - 4);
  return fixed;
}

export function buildEvent(parts: EventParts): Buffer {
  const header = Buffer.alloc(19);
  header.writeUInt32LE(parts.timestamp ?? 1_700_000_000, 0);
  header.writeUInt8(parts.type, 4);
  header.writeUInt32LE(parts.serverId ?? 1, 5);
  header.writeUInt32LE(parts.logPos ?? 0, 13);
  header.writeUInt16LE(parts.flags ?? 0, 17);
  const checksum = parts.checksum === 'crc32' ? 4 : 0;
  const bytes = fixSize(Buffer.concat([header, parts.body ?? Buffer.alloc(0), Buffer.alloc(checksum)]));
  return checksum === 0 ? bytes : fixChecksum(bytes);
}

/** A format description as MySQL 8 and MariaDB 10 write it. */
export function buildDescription(
  options: {
    version?: string;
    checksum?: 'none' | 'crc32';
    lengths?: readonly number[];
    flags?: number;
  } = {},
): Buffer {
  const version = Buffer.alloc(50);
  version.write(options.version ?? '8.0.31');
  const lengths = Buffer.alloc(42);
  for (const [type, length] of [
    [2, 13],
    [4, 8],
    [19, 8],
    [23, 8],
    [24, 8],
    [25, 8],
    [30, 10],
    [31, 10],
    [32, 10],
    [39, 10],
  ] as const) {
    lengths.writeUInt8(length, type - 1);
  }
  const body = Buffer.concat([
    Buffer.from([4, 0]),
    version,
    Buffer.alloc(4),
    Buffer.from([19]),
    options.lengths === undefined ? lengths : Buffer.from(options.lengths),
    Buffer.from([options.checksum === 'crc32' ? 1 : 0]),
  ]);
  return buildEvent({
    type: 15,
    body,
    checksum: 'crc32',
    flags: options.flags ?? 0,
    logPos: 4 + 19 + body.length + 4,
  });
}

/** `00 ff 10`: bytes as hexadecimal text. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
