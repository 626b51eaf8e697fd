/**
 * GTID_TAGGED_LOG_EVENT (MySQL from 8.3 on, libs/mysql/binlog/event/control_events.h, Gtid_event::define_fields):
 * a GTID with a tag, in the serialization format (see serialization.ts).
 *
 *   version of the format, 1
 *   size of the whole, version included
 *   number of the last field that a reader must know
 *   then each field that is there, in order: its number and its value
 *
 *    0  flags                         6  commit time here, microseconds
 *    1  uuid, 16 integers             7  commit time on the original server, where it differs
 *    2  transaction number, signed    8  length of the transaction
 *    3  tag: length, characters       9  server version here
 *    4  last committed, signed       10  version of the original server, where it differs
 *    5  sequence number, signed      11  commit group ticket
 */
import type { GtidEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';
import { readTag } from './previous-gtids.ts';
import { readSignedVarlen, readVarlen } from './serialization.ts';
import { uuidText } from './uuid.ts';

const FORMAT_VERSION = 1n;
const LAST_FIELD = 11n;
const UUID_LENGTH = 16;

interface Fields {
  uuid: string;
  gno: bigint;
  tag: string;
  commitUs: bigint;
  originalCommitUs: bigint | null;
}

function readUuid(reader: ByteReader): string {
  const bytes = Buffer.alloc(UUID_LENGTH);
  for (let index = 0; index < UUID_LENGTH; index += 1) {
    const value = readVarlen(reader, 'uuid');
    if (value > 255n) throw reader.fail(`${value} is not a byte of a uuid`);
    bytes.writeUInt8(Number(value), index);
  }
  return uuidText(bytes, 0);
}

/** False where the field is one that a later version has brought: the length of its value is not known. */
function readField(reader: ByteReader, id: bigint, fields: Fields): boolean {
  switch (id) {
    case 1n:
      fields.uuid = readUuid(reader);
      return true;
    case 2n:
      fields.gno = readSignedVarlen(reader, 'transaction number');
      return true;
    case 3n:
      fields.tag = readTag(reader);
      return true;
    case 6n:
      fields.commitUs = readVarlen(reader, 'commit time');
      return true;
    case 7n:
      fields.originalCommitUs = readVarlen(reader, 'original commit time');
      return true;
    default:
      if (id <= LAST_FIELD) readVarlen(reader, `field ${id}`);
      return id <= LAST_FIELD;
  }
}

export function parseGtidTagged(reader: ByteReader): GtidEvent {
  const start = reader.offset;
  const version = readVarlen(reader, 'format version');
  if (version !== FORMAT_VERSION) throw reader.fail(`serialization format ${version} is not known`);
  const size = Number(readVarlen(reader, 'size'));
  const body = reader.part(size - (reader.offset - start), 'fields');
  const lastNeeded = readVarlen(body, 'last needed field');
  if (lastNeeded > LAST_FIELD) throw reader.fail(`field ${lastNeeded} is not known`);
  const fields: Fields = { uuid: '', gno: 0n, tag: '', commitUs: 0n, originalCommitUs: null };
  while (body.left > 0 && readField(body, readVarlen(body, 'field number'), fields));
  if (fields.uuid === '' || fields.gno < 1n) throw reader.fail('no uuid or no transaction number');
  const commitUs = Number(fields.originalCommitUs ?? fields.commitUs);
  return {
    kind: 'gtid',
    header: reader.header,
    gtid: `${fields.uuid}:${fields.tag === '' ? '' : `${fields.tag}:`}${fields.gno}`,
    commitUs: commitUs === 0 ? null : commitUs,
    standalone: false,
    xaPrepared: false,
    xaCompleted: false,
  };
}
