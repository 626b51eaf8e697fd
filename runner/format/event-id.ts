import { eventId } from '../../core/event-skip.ts';
import { fileSequence } from '../../core/position.ts';
import type { DdlContext } from './envelope.ts';

/**
 * The id of a message: `<binlog file number>-<end of the event>-<inner event>-<row in the event>`, each part
 * padded, so that ids compare as text in the order of the stream and come out the same at every replay and
 * under every filter. A row that becomes two messages (a changed key) has `+` after the second.
 */
export function eventIdPrefix(context: DdlContext): string {
  return `${eventId(fileSequence(context.transaction.file) ?? 0, context.logPos, context.innerEvent)}-`;
}

export function rowIdSuffix(rowInEvent: number): string {
  return String(rowInEvent).padStart(7, '0');
}
