/**
 * INCIDENT_EVENT (MySQL manual, "Incident_event"): the source lost events.
 *
 *   2  incident: 1 = lost events
 *   1  length of the message
 *   n  message
 */
import type { IncidentEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';

export function parseIncident(reader: ByteReader): IncidentEvent {
  const incident = reader.u16('incident');
  const message = reader.text(reader.u8('message length'), 'message');
  return { kind: 'incident', header: reader.header, incident, message };
}
