/**
 * The text form of a MySQL GTID set (manual, "GTID Sets"): `uuid[:tag]:interval…`, several by commas; white space
 * anywhere between the parts, and letters of either case.
 */
import { CdcError } from './errors.ts';
import { GNO_MAX, type Gno, toGno } from './gno-intervals.ts';

const EXAMPLE = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-23';
const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
const INTERVAL = /^(\d{1,19})(?:\s*-\s*(\d{1,19}))?$/;

/** Takes the transactions `first` to `last` of a source, `uuid` or `uuid:tag` in lower case. */
type AddInterval = (source: string, first: Gno, last: Gno) => void;

function invalid(text: string, problem: string): CdcError {
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return new CdcError('CDC_INVALID_REQUEST', `"${shown}" is not a GTID set: ${problem}`, {
    hint: `Write uuid:from-to, for example ${EXAMPLE}.`,
  });
}

function parseGno(digits: string, text: string): Gno {
  const value = BigInt(digits);
  if (value < 1n || value > GNO_MAX) throw invalid(text, `${digits} is not between 1 and ${GNO_MAX}`);
  return toGno(value);
}

/** One uuid with what follows it up to the comma. */
function parseUuidPart(part: string, text: string, add: AddInterval): void {
  const [first = '', ...rest] = part.split(':').map((piece) => piece.trim());
  const uuid = UUID.exec(first)?.slice(1).join('-');
  if (uuid === undefined) throw invalid(text, `"${first}" is not a UUID`);
  let source = uuid;
  let hasInterval = false;
  for (const piece of rest) {
    const [, from, to] = INTERVAL.exec(piece) ?? [];
    if (from !== undefined) {
      const start = parseGno(from, text);
      const last = to === undefined ? start : parseGno(to, text);
      if (last < start) throw invalid(text, `${piece} ends before it begins`);
      add(source, start, last);
      hasInterval = true;
    } else if (TAG.test(piece) && (hasInterval || source === uuid)) {
      source = `${uuid}:${piece}`;
      hasInterval = false;
    } else throw invalid(text, `"${piece}" is neither an interval nor a tag`);
  }
  if (!hasInterval) throw invalid(text, `${source} has no interval`);
}

/** Calls `add` for each interval; CDC_INVALID_REQUEST where the text is no GTID set. The empty text is the empty set. */
export function parseGtids(text: string, add: AddInterval): void {
  for (const part of text.toLowerCase().split(',')) {
    if (part.trim() !== '') parseUuidPart(part.trim(), text, add);
  }
}
