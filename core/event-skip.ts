/**
 * An event that a person has told the stream to leave out. `id` as in messages,
 * `<file number>-<end of the event>-<inner event>-<row>`, is one message; without the row it is the whole event.
 */
export interface EventSkip {
  readonly id: string;
  readonly reason: string;
  readonly atMs: number;
}

/** How many a task keeps; older ones have long been passed. */
export const SKIPS_MAX = 100;

const ID = /^(\d{10}-\d{13,}-\d{6,})(-\d{7,}\+?)?$/;

export function isEventId(id: string): boolean {
  return ID.test(id);
}

/** The event that a message's id belongs to; the id itself where it is an event's. */
export function eventOf(id: string): string {
  return ID.exec(id)?.[1] ?? id;
}

export function eventId(fileNumber: number, end: number, innerEvent: number): string {
  const file = String(fileNumber).padStart(10, '0');
  return `${file}-${String(end).padStart(13, '0')}-${String(innerEvent).padStart(6, '0')}`;
}
