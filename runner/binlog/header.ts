/**
 * The header of every event (MySQL manual, "Event Header Fields"):
 *
 *   offset  size
 *        0     4  timestamp, Unix seconds
 *        4     1  type code
 *        5     4  server id
 *        9     4  event size, header and checksum included
 *       13     4  end position in the file, modulo 2^32; 0 in events made up for a dump
 *       17     2  flags
 */
import { CdcError } from '../../core/errors.ts';
import type { EventHeader } from './event.ts';
import { eventName } from './event-types.ts';

export const HEADER_LENGTH = 19;

/** Without the checks of readUInt32LE: the length is checked once. */
const u32 = (bytes: Buffer, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;

/** Parses the header and checks that `bytes` is exactly the one event that it announces. */
export function parseHeader(bytes: Buffer): EventHeader {
  if (bytes.length < HEADER_LENGTH) {
    throw new CdcError(
      'CDC_BINLOG_CORRUPT',
      `event header: wanted ${HEADER_LENGTH} bytes, had ${bytes.length}`,
    );
  }
  const header: EventHeader = {
    timestamp: u32(bytes, 0),
    typeCode: bytes[4] ?? 0,
    serverId: u32(bytes, 5),
    eventSize: u32(bytes, 9),
    logPos: u32(bytes, 13),
    flags: (bytes[17] ?? 0) | ((bytes[18] ?? 0) << 8),
  };
  if (header.eventSize !== bytes.length) {
    throw new CdcError(
      'CDC_BINLOG_CORRUPT',
      `${eventName(header.typeCode)} event ending at ${header.logPos}: wanted ${header.eventSize} bytes, had ${bytes.length}`,
    );
  }
  return header;
}
