/** Character sets as look-up tables, built once from charsets/tables.ts when a column first needs them. */
import iconv from 'iconv-lite';
import { MULTI_BYTE, SINGLE_BYTE } from './tables.ts';

/** Text of the bytes from `start` to before `end`. */
export type TextDecode = (bytes: Buffer, start: number, end: number) => string;

/** What servers write for a code that has no Unicode character. */
const UNMAPPED = 0x3f;
const REPLACEMENT = 0xfffd;
/** Numbers of GB18030's four-byte codes, 81308130 being 0: the last of the BMP, and U+10000. */
const GB18030_BMP_LAST = 39_419;
const GB18030_PLANES_FIRST = 189_000;

/** `a1-fe` to its numbers, several with blanks between. */
function* codes(ranges: string): Generator<number> {
  for (const range of ranges.split(' ')) {
    const [first = 0, last = first] = range.split('-').map((text) => Number.parseInt(text, 16));
    for (let code = first; code <= last; code += 1) yield code;
  }
}

/** The base's character for a code of one to three bytes; always one UTF-16 unit in these sets. */
function baseUnit(base: string, ...bytes: readonly number[]): number {
  const text = iconv.decode(Buffer.from(bytes), base, { stripBOM: false });
  const unit = text.length === 1 ? text.charCodeAt(0) : REPLACEMENT;
  return unit === REPLACEMENT ? UNMAPPED : unit;
}

function applyFixes(fixes: string | undefined, set: (code: number, unit: number) => void): void {
  if (fixes === undefined) return;
  for (const fix of fixes.split(' ')) {
    const [range = '', meaning = ''] = fix.split('=');
    let unit = meaning === '?' ? UNMAPPED : Number.parseInt(meaning, 16);
    for (const code of codes(range)) {
      set(code, unit);
      if (meaning !== '?') unit += 1;
    }
  }
}

export function singleByteDecoder(charset: string): TextDecode | null {
  const table = SINGLE_BYTE[charset];
  if (table === undefined) return null;
  const { base, fixes, high = '' } = table;
  const units = new Uint16Array(256);
  for (let code = 0; code < 256; code += 1) {
    const own = code - 256 + high.length;
    units[code] = own >= 0 ? high.charCodeAt(own) : baseUnit(base, code);
  }
  applyFixes(fixes, (code, unit) => {
    units[code] = unit;
  });
  return (bytes, start, end) => {
    const out = Buffer.allocUnsafe(2 * (end - start));
    for (let at = start, to = 0; at < end; at += 1, to += 2) {
      out.writeUInt16LE(units[bytes[at] ?? 0] ?? 0, to);
    }
    return out.toString('utf16le');
  };
}

interface Tables {
  /** By the byte. */
  readonly one: Uint16Array;
  /** By both bytes; 0 is no character. */
  readonly two: Uint16Array;
  /** By the second and third byte; 0 is no character. */
  readonly three: Uint16Array;
  readonly threeByteLead: number;
  readonly fourBytes: boolean;
}

function buildTables(table: (typeof MULTI_BYTE)[string]): Tables {
  const one = new Uint16Array(256);
  const two = new Uint16Array(65_536);
  const threeByteLead = table.threeByteLead ?? -1;
  const three = new Uint16Array(threeByteLead < 0 ? 0 : 65_536);
  for (let code = 0; code < 256; code += 1) one[code] = baseUnit(table.base, code);
  const trails = [...codes(table.trails)];
  for (const lead of codes(table.leads)) {
    for (const trail of trails) two[(lead << 8) | trail] = baseUnit(table.base, lead, trail);
  }
  if (threeByteLead >= 0) {
    for (const second of trails) {
      for (const third of trails) {
        three[(second << 8) | third] = baseUnit(table.base, threeByteLead, second, third);
      }
    }
  }
  const isLead = new Set(codes(table.leads));
  const isTrail = new Set(trails);
  applyFixes(table.fixes, (code, unit) => {
    if (code > 0xffff) three[code & 0xffff] = unit;
    else if (code < 0x100) one[code] = unit;
    else if (isLead.has(code >> 8) && isTrail.has(code & 0xff)) two[code] = unit;
  });
  return { one, two, three, threeByteLead, fourBytes: table.fourBytes ?? false };
}

/** GB18030's characters of four bytes: those of the BMP by iconv-lite's ranges, the other planes by counting. */
function fourByteCharacter(bytes: Buffer, at: number): number {
  const digit = (offset: number, base: number): number => (bytes[at + offset] ?? 0) - base;
  const index = ((digit(0, 0x81) * 10 + digit(1, 0x30)) * 126 + digit(2, 0x81)) * 10 + digit(3, 0x30);
  // all of them are assigned, U+FFFD among them
  if (index <= GB18030_BMP_LAST) return iconv.decode(bytes.subarray(at, at + 4), 'gb18030').charCodeAt(0);
  const point = index - GB18030_PLANES_FIRST + 0x1_0000;
  return point >= 0x1_0000 && point <= 0x10_ffff ? point : UNMAPPED;
}

/** A code point's UTF-16 units; returns where the next goes. */
function putCodePoint(out: Buffer, to: number, point: number): number {
  if (point < 0x1_0000) return out.writeUInt16LE(point, to);
  const high = out.writeUInt16LE(0xd7c0 + (point >> 10), to);
  return out.writeUInt16LE(0xdc00 + (point & 0x3ff), high);
}

export function multiByteDecoder(charset: string): TextDecode | null {
  const table = MULTI_BYTE[charset];
  if (table === undefined) return null;
  const { one, two, three, threeByteLead, fourBytes } = buildTables(table);
  return (bytes, start, end) => {
    // no character takes more UTF-16 units than bytes
    const out = Buffer.allocUnsafe(2 * (end - start));
    let at = start;
    let to = 0;
    while (at < end) {
      const first = bytes[at] ?? 0;
      const second = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
      const pair = two[(first << 8) | second] ?? 0;
      if (first < 0x80 || second === 0) {
        to = out.writeUInt16LE(one[first] ?? UNMAPPED, to);
        at += 1;
      } else if (pair !== 0) {
        to = out.writeUInt16LE(pair, to);
        at += 2;
      } else if (first === threeByteLead && at + 2 < end) {
        to = out.writeUInt16LE(three[(second << 8) | (bytes[at + 2] ?? 0)] || UNMAPPED, to);
        at += 3;
      } else if (fourBytes && second < 0x40 && at + 3 < end) {
        to = putCodePoint(out, to, fourByteCharacter(bytes, at));
        at += 4;
      } else {
        to = out.writeUInt16LE(one[first] ?? UNMAPPED, to);
        at += 1;
      }
    }
    return out.toString('utf16le', 0, to);
  };
}
