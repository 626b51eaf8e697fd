import { CdcError } from './errors.ts';

/** A place in a server's binlog: file name and byte offset of the next event to read. */
export interface BinlogPosition {
  readonly file: string;
  readonly position: number;
}

/** The answer of the last call: a stream asks for the same file again and again. */
let last: { readonly file: string; readonly sequence: number | null } = { file: '', sequence: null };

/** The number that a binlog file name ends in: `binlog.000012` is 12; null where it has none. */
export function fileSequence(file: string): number | null {
  if (file === last.file) return last.sequence;
  const digits = /\.(\d+)$/.exec(file)?.[1];
  last = { file, sequence: digits === undefined ? null : Number(digits) };
  return last.sequence;
}

/**
 * Orders two positions of one server. Files are ordered by sequence number: as text `binlog.1000000` would
 * come before `binlog.999999`. Negative, zero or positive, as for Array.sort.
 */
export function comparePositions(a: BinlogPosition, b: BinlogPosition): number {
  if (a.file !== b.file) {
    const x = fileSequence(a.file);
    const y = fileSequence(b.file);
    if (x === null || y === null) return a.file < b.file ? -1 : 1;
    if (x !== y) return x - y;
  }
  return a.position - b.position;
}

export function formatPosition(position: BinlogPosition): string {
  return `${position.file}:${position.position}`;
}

/** Parses `FILE:POS`. */
export function parsePosition(text: string): BinlogPosition {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || !Number.isSafeInteger(Number(match[2]))) {
    throw new CdcError('CDC_INVALID_REQUEST', `"${text}" is not a binlog position`, {
      hint: 'Write FILE:POS, for example binlog.000002:4.',
    });
  }
  return { file: match[1], position: Number(match[2]) };
}
