/** UTF-8, UTF-16 and UTF-32 in the servers' byte orders. What is not well formed becomes U+FFFD. */
import type { TextDecode } from './table-decoder.ts';

const REPLACEMENT = 0xfffd;

const utf8: TextDecode = (bytes, start, end) => bytes.toString('utf8', start, end);

/** Lone surrogates, which UCS-2 columns of old servers may hold, have no place in UTF-8 messages. */
const utf16le: TextDecode = (bytes, start, end) => bytes.toString('utf16le', start, end).toWellFormed();

const utf16be: TextDecode = (bytes, start, end) => {
  const even = end - ((end - start) & 1);
  return Buffer.from(bytes.subarray(start, even)).swap16().toString('utf16le').toWellFormed();
};

const utf32be: TextDecode = (bytes, start, end) => {
  let text = '';
  for (let at = start; at + 4 <= end; at += 4) {
    const point = bytes.readUInt32BE(at);
    text += String.fromCodePoint(point <= 0x10_ffff ? point : REPLACEMENT);
  }
  return text.toWellFormed();
};

export const UNICODE: Readonly<Record<string, TextDecode>> = {
  utf8mb4: utf8,
  utf8mb3: utf8,
  utf8,
  ucs2: utf16be,
  utf16: utf16be,
  utf16le,
  utf32: utf32be,
};
