/**
 * Cuts the text of named columns in a message that is too large, without parsing it: a message is JSON, and JSON.parse
 * would round 64-bit integers. Row images are the objects at `before` and `after`; only their strings are cut, so that
 * the message stays valid JSON. Base64 stays valid too: it is cut at whole groups of four.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const COMMA = 0x2c;
const COLON = 0x3a;
const IMAGES: ReadonlySet<string> = new Set(['before', 'after']);

/** A value in the message: its bytes [start, end). */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function stringEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function valueEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = stringEnd(bytes, at) - 1;
    else if (OPEN.has(byte)) depth += 1;
    else if (CLOSE.has(byte)) {
      if (depth === 0) return at;
      depth -= 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return at;
}

/** The members of the object that begins at `start`; messages are written without white space. */
function members(bytes: Buffer, start: number): Member[] {
  const found: Member[] = [];
  let at = start + 1;
  while (at < bytes.length && bytes[at] === QUOTE) {
    const nameEnd = stringEnd(bytes, at);
    const name = JSON.parse(bytes.toString('utf8', at, nameEnd)) as string;
    if (bytes[nameEnd] !== COLON) break;
    const end = valueEnd(bytes, nameEnd + 1);
    found.push({ name, start: nameEnd + 1, end });
    at = end + 1;
  }
  return found;
}

/** `column`, `table.column` or `database.table.column`, with `*` in names. */
function matcherOf(columns: readonly string[], database: string, table: string): (column: string) => boolean {
  const fits = (pattern: string, name: string): boolean => {
    const text = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${text}$`, 's').test(name);
  };
  const patterns = columns
    .map((entry) => entry.split('.'))
    .filter((parts) => fits(parts.at(-2) ?? '*', table) && fits(parts.at(-3) ?? '*', database))
    .map((parts) => parts.at(-1) ?? '');
  return (column) => patterns.some((pattern) => fits(pattern, column));
}

/** The last place at or before `at` that is neither inside a character nor inside an escape. */
function safeCut(bytes: Buffer, start: number, at: number): number {
  let cut = at;
  while (cut > start && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  for (let back = 0; back < 6 && cut - back > start; back += 1) {
    if (bytes[cut - back - 1] !== BACKSLASH) continue;
    let run = 0;
    while (bytes[cut - back - 1 - run] === BACKSLASH) run += 1;
    const length = bytes[cut - back] === 0x75 ? 6 : 2;
    return run % 2 === 1 && back + 1 < length ? cut - back - 1 : cut;
  }
  return cut;
}

export interface Truncated {
  readonly value: Buffer;
  readonly columns: readonly string[];
}

/** The message in at most `bytesMax` bytes, with the names of the cut columns in it; null where that can't be. */
export function truncateMessage(
  value: Buffer,
  columns: readonly string[],
  bytesMax: number,
): Truncated | null {
  const top = members(value, 0);
  const text = (name: string): string => {
    const member = top.find((item) => item.name === name);
    if (member === undefined || value[member.start] !== QUOTE) return '';
    return JSON.parse(value.toString('utf8', member.start, member.end)) as string;
  };
  const matches = matcherOf(columns, text('database'), text('table'));
  const named = top
    .filter(({ name, start }) => IMAGES.has(name) && value[start] === 0x7b)
    .flatMap(({ start }) => members(value, start))
    .filter(({ name, start }) => value[start] === QUOTE && matches(name));
  const names = [...new Set(named.map(({ name }) => name))];
  const mark = Buffer.from(`,"truncated":${JSON.stringify(names)}`);
  const lengths = named.map(({ start, end }) => end - start - 2).sort((a, b) => a - b);
  let budget = bytesMax - mark.length - (value.length - lengths.reduce((sum, length) => sum + length, 0));
  // the short ones stay whole; the long ones share what is left
  let share = budget;
  for (const [index, length] of lengths.entries()) {
    share = Math.floor(budget / (lengths.length - index));
    if (length > share) break;
    budget -= length;
  }
  if (named.length === 0 || share < 0) return null;
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end } of named) {
    if (end - start - 2 <= share) continue;
    const cut = safeCut(value, start + 1, start + 1 + share - (share % 4));
    parts.push(value.subarray(from, cut));
    from = end - 1;
  }
  parts.push(value.subarray(from, value.length - 1), mark, Buffer.from('}'));
  return { value: Buffer.concat(parts), columns: names };
}
