/** The last 4 bytes of an event under binlog_checksum=CRC32: CRC-32 of all bytes before them. */
import { crc32 } from 'node:zlib';
import { CdcError } from '../../core/errors.ts';
import type { EventHeader } from './event.ts';
import { FLAG } from './event-types.ts';
import { describeEvent } from './reader.ts';

export const CHECKSUM_LENGTH = 4;

const FLAGS_OFFSET = 17;

/** What CRC-32 makes of any message with its own CRC-32, lowest byte first, behind it. */
const RESIDUE = 0x2144_df1c;

/** Whether the last 4 bytes are the CRC-32 of the others. False for events too short to hold one. */
export function checksumMatches(bytes: Buffer): boolean {
  return bytes.length >= CHECKSUM_LENGTH && crc32(bytes) === RESIDUE;
}

/**
 * The same for a format description: the server flips its "in use" flag in place when it opens and closes
 * the file, so the checksum is taken with the flag cleared.
 */
export function descriptionChecksumMatches(bytes: Buffer, header: EventHeader): boolean {
  if ((header.flags & FLAG.BINLOG_IN_USE) === 0) return checksumMatches(bytes);
  const cleared = Buffer.from(bytes);
  cleared.writeUInt16LE(header.flags & ~FLAG.BINLOG_IN_USE, FLAGS_OFFSET);
  return checksumMatches(cleared);
}

/** Retryable: a repeat reads the event again, and the wire or a cache may have damaged it. */
export function checksumError(header: EventHeader): CdcError {
  return new CdcError('CDC_BINLOG_CHECKSUM', `${describeEvent(header)}: its CRC32 does not match its bytes`);
}
