/**
 * XID_EVENT (MySQL manual, "Xid_event"): a transaction commits. 8 bytes of the storage engine's transaction
 * number, which says nothing outside the server.
 */
import type { XidEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';

export function parseXid(reader: ByteReader): XidEvent {
  reader.take(8, 'transaction number');
  return { kind: 'xid', header: reader.header };
}
