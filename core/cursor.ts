import { CdcError } from './errors.ts';

/** Places in the list of tasks are task ids. */
export const TASK_PLACE = /^[A-Za-z0-9._-]{1,128}$/;

/** An opaque place in a list. */
export function encodeCursor(place: string): string {
  return Buffer.from(`g1:${place}`, 'utf8').toString('base64url');
}

/** The place again. CDC_INVALID_REQUEST for anything that encodeCursor did not make of a place of this shape. */
export function decodeCursor(cursor: string, shape: RegExp): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const place = text.slice(3);
  if (text.startsWith('g1:') && encodeCursor(place) === cursor && shape.test(place)) return place;
  throw new CdcError('CDC_INVALID_REQUEST', 'the cursor is not one that a list has given', {
    details: [{ path: 'cursor', problem: 'is not one that a list has given' }],
    hint: 'Send the cursor of the page before as it stands, or none for the first page.',
  });
}
