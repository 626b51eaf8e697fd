import type { EventPlace } from '../../core/errors.ts';
import { eventOf, isEventId } from '../../core/event-skip.ts';

const ID = /"id":"(\d{10}-\d{13,}-\d{6,}-\d{7,}\+?)"/g;
const HEADER = /"event_header":(\{[^{}]*\})/g;
/** The fixed fields of a message stand behind its images. */
const TAIL_BYTES = 2_048;

const tailOf = (value: Buffer): string => value.toString('utf8', Math.max(0, value.length - TAIL_BYTES));

/** The id in a message's value; '' where it has none. */
export function idOf(value: Buffer): string {
  return [...tailOf(value).matchAll(ID)].at(-1)?.[1] ?? '';
}

/** The event header of a message as it stands there; null where it has none. */
export function headerOf(value: Buffer): Readonly<Record<string, unknown>> | null {
  const text = [...tailOf(value).matchAll(HEADER)].at(-1)?.[1];
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Where a message comes from, for errors. */
export function placeOf(value: Buffer): EventPlace | null {
  const id = idOf(value);
  const header = headerOf(value);
  if (!isEventId(id) || header === null) return null;
  const end = Number(eventOf(id).split('-')[1]);
  const gtid = typeof header.gtid === 'string' ? header.gtid : null;
  return { id, file: String(header.file), position: end, gtid };
}
