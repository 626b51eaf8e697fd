/**
 * FORMAT_DESCRIPTION_EVENT (MySQL manual, "Format_description_event"): first in every file and every dump; how
 * the events behind it are laid out.
 *
 *   2  binlog version, 4
 *  50  server version, padded with NUL
 *   4  creation time of the file; 0 when the server sends it in the middle of a file
 *   1  length of the event header, 19
 *   n  length of the post-header of each event type, by type code - 1
 *   1  checksum algorithm: 0 none, 1 CRC32       } MySQL from 5.6.1 and MariaDB from 5.3 on,
 *   4  CRC32 of this event                       } both also where the algorithm is none
 */
import { CHECKSUM_LENGTH, checksumError, checksumMatches, descriptionChecksumMatches } from '../checksum.ts';
import type { EventHeader, FormatDescriptionEvent } from '../event.ts';
import { HEADER_LENGTH } from '../header.ts';
import { ByteReader } from '../reader.ts';

const VERSION_LENGTH = 50;
const ALGORITHM_NONE = 0;
const ALGORITHM_CRC32 = 1;
/** A relay log's: unknown. Its events carry no checksum. */
const ALGORITHM_UNDEFINED = 255;

function hasChecksumPart(version: string, flavor: 'mysql' | 'mariadb'): boolean {
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return true;
  const number = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch ?? 0);
  return number >= (flavor === 'mariadb' ? 5_003_000 : 5_006_001);
}

/**
 * A server that dumps from the middle of a file zeroes the creation time; with the algorithm none it leaves the
 * old CRC32 as it was, so that it says nothing then. But where it matches with the algorithm read as CRC32,
 * it is the algorithm's byte that is damaged.
 */
function verify(bytes: Buffer, header: EventHeader, algorithmAt: number, checksum: 'none' | 'crc32'): void {
  if (checksum === 'crc32') {
    if (!descriptionChecksumMatches(bytes, header)) throw checksumError(header);
    return;
  }
  const other = Buffer.from(bytes);
  other.writeUInt8(ALGORITHM_CRC32, algorithmAt);
  if (checksumMatches(other) || descriptionChecksumMatches(other, header)) throw checksumError(header);
}

export function parseFormatDescription(
  bytes: Buffer,
  header: EventHeader,
  verifyChecksum: boolean,
): FormatDescriptionEvent {
  const reader = new ByteReader(bytes, HEADER_LENGTH, bytes.length, header);
  const binlogVersion = reader.u16('binlog version');
  if (binlogVersion !== 4) throw reader.fail(`binlog version ${binlogVersion} instead of 4`);
  const serverVersion = reader.text(VERSION_LENGTH, 'server version').split('\0')[0] ?? '';
  const flavor = /mariadb/i.test(serverVersion) ? 'mariadb' : 'mysql';
  reader.take(4, 'creation time');
  const headerLength = reader.u8('header length');
  if (headerLength !== HEADER_LENGTH) {
    throw reader.fail(`event headers of ${headerLength} bytes instead of ${HEADER_LENGTH}`);
  }
  const checksumPart = hasChecksumPart(serverVersion, flavor) ? 1 + CHECKSUM_LENGTH : 0;
  if (reader.left < checksumPart)
    throw reader.fail(`wanted ${checksumPart} bytes of checksum, had ${reader.left}`);
  const postHeaderLengths = Uint8Array.from(reader.view(reader.left - checksumPart, 'post-header lengths'));
  const algorithm = checksumPart === 0 ? ALGORITHM_NONE : reader.u8('checksum algorithm');
  if (algorithm !== ALGORITHM_NONE && algorithm !== ALGORITHM_CRC32 && algorithm !== ALGORITHM_UNDEFINED) {
    throw reader.fail(`checksum algorithm ${algorithm} is not known`);
  }
  const checksum = algorithm === ALGORITHM_CRC32 ? 'crc32' : 'none';
  if (verifyChecksum && checksumPart > 0) verify(bytes, header, reader.offset - 1, checksum);
  return {
    kind: 'format_description',
    header,
    binlogVersion,
    serverVersion,
    flavor,
    checksum,
    postHeaderLengths,
  };
}
