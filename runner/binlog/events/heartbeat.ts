/**
 * Heartbeats are made up by the server when it has nothing to send: how far it is.
 *
 * HEARTBEAT_LOG_EVENT: the body is the file's name; the position is the header's, so only 32 bits of it. MariaDB
 * puts 0 into the header for a position of 4 GiB and more, and 8 bytes with the position before the name.
 *
 * HEARTBEAT_LOG_EVENT_V2 (MySQL from 8.0.26, when the replica asks for it): type, length and value of each field,
 * all length-encoded integers.
 *
 *   0  end of the fields, without length and value
 *   1  name of the file
 *   2  position, length-encoded
 */
import type { HeartbeatEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';

const FIELD_END = 0;
const FIELD_FILE = 1;
const FIELD_POSITION = 2;

export function parseHeartbeat(reader: ByteReader, flavor: 'mysql' | 'mariadb'): HeartbeatEvent {
  const { header } = reader;
  const long = flavor === 'mariadb' && header.logPos === 0;
  const position = long ? reader.safe64('position') : header.logPos;
  return { kind: 'heartbeat', header, file: reader.text(reader.left, 'file name'), position };
}

export function parseHeartbeatV2(reader: ByteReader): HeartbeatEvent {
  let file = '';
  let position = 0;
  while (reader.left > 0) {
    const type = reader.packed('field type');
    if (type === FIELD_END) break;
    const value = reader.part(reader.packed('field length'), 'field');
    if (type === FIELD_FILE) file = value.text(value.left, 'file name');
    else if (type === FIELD_POSITION) position = value.packed('position');
  }
  if (file === '') throw reader.fail('no file name');
  return { kind: 'heartbeat', header: reader.header, file, position };
}
