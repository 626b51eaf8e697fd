/**
 * ROTATE_EVENT (MySQL manual, "Rotate_event"): which file and position come next.
 *
 *   8  position in the next file
 *   n  name of the next file
 *
 * Last in a file; and made up by the server at the head of a dump and of each further file. There it comes
 * before the format description, so nothing has said yet whether it ends in a checksum: the server adds one
 * when the session asked for checksums.
 */
import { CHECKSUM_LENGTH, checksumError, checksumMatches } from '../checksum.ts';
import type { EventHeader, RotateEvent } from '../event.ts';
import { FLAG } from '../event-types.ts';
import { HEADER_LENGTH } from '../header.ts';
import type { ByteReader } from '../reader.ts';

export function isArtificial(header: EventHeader): boolean {
  return (header.flags & FLAG.ARTIFICIAL) !== 0 || header.timestamp === 0;
}

const FILE_NAME = /\.\d+$/;

/** Where the body of an artificial rotate ends: told by its own bytes, since no format description tells it. */
export function artificialRotateEnd(
  bytes: Buffer,
  header: EventHeader,
  expected: 'none' | 'crc32' | null,
): number {
  const end = bytes.length - CHECKSUM_LENGTH;
  if (checksumMatches(bytes)) return end;
  // every binlog file's name ends in a dot and digits; four bytes of checksum do not
  if (expected !== 'crc32' || FILE_NAME.test(bytes.toString('latin1', HEADER_LENGTH))) return bytes.length;
  throw checksumError(header);
}

export function parseRotate(reader: ByteReader): RotateEvent {
  const { header } = reader;
  const position = reader.safe64('position');
  const file = reader.text(reader.left, 'file name');
  if (file === '') throw reader.fail('no file name');
  return { kind: 'rotate', header, file, position, artificial: isArtificial(header) };
}
