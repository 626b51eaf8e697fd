import { CdcError } from './errors.ts';

/** An opaque place in a list. */
export function encodeCursor(place: string): string {
  return Buffer.from(`g1:${place}`, 'utf8').toString('base64url');
}

/** CDC_INVALID_REQUEST for anything that encodeCursor did not make. */
export function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (text.startsWith('g1:') && encodeCursor(text.slice(3)) === cursor) return text.slice(3);
  throw new CdcError('CDC_INVALID_REQUEST', 'the cursor is not one that a list has given', {
    details: [{ path: 'cursor', problem: 'is not one that a list has given' }],
    hint: 'Send the cursor of the page before as it stands, or none for the first page.',
  });
}
