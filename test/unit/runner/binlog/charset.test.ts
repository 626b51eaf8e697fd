/** A few codes of each kind; test/integration asks the servers for all of them. */
import { expect, test } from 'vitest';
import { decodeText, maxBytesPerCharacter } from '../../../../runner/binlog/charset.ts';
import { bytes } from '../../../support/columns.ts';

test.each([
  ['latin1', '41808d9fe9', 'A€\u008dŸé'],
  ['ascii', '4180', 'A?'],
  ['swe7', '405b5c5d605e7b7c7d7e', 'ÉÄÖÅéÜäöåü'],
  ['dec8', 'a8d7a4', '¤Œ?'],
  ['hp8', 'a1fefb', 'À±«'],
  ['keybcs2', '80fe', 'Č■'],
  ['geostd8', 'c0fd', 'ა№'],
  ['armscii8', 'a2', '§'],
  ['cp866', 'fcfd', 'ⁿ²'],
  ['greek', 'c1a4', 'Α?'],
  ['koi8u', '95', '•'],
  ['macroman', 'db', '€'],
  ['big5', 'a44041c6e7', '一Aゃ'],
  ['gbk', 'cac7b7f1', '是否'],
  ['gb2312', 'a1aa', '―'],
  ['gb18030', '8130813090308130e3329a35a3a041', '\u0080\u{10000}\u{10ffff}\ue5e5A'],
  ['euckr', 'b0a1', '가'],
  ['sjis', '815fb1', '\\ｱ'],
  ['cp932', '8160fc4b', '～黑'],
  ['ujis', 'a4a28eb18fa2b7', 'あｱ~'],
  ['eucjpms', '8fa2c3f5a1', '￤\ue000'],
  ['ucs2', '20ac', '€'],
  ['utf16', 'd83dde00', '\u{1f600}'],
  ['utf16le', '3dd800de', '\u{1f600}'],
  ['utf32', '0001f600', '\u{1f600}'],
  ['utf8mb3', 'e282ac', '€'],
  ['utf8mb4', 'f09f9880', '\u{1f600}'],
])('%s %s', (charset, hex, text) => {
  expect(decodeText(bytes(hex), charset)).toBe(text);
});

test.each([
  ['ucs2', 'd83d0041', '\ufffdA'],
  ['utf16le', '3dd84100', '\ufffdA'],
  ['utf32', '0000d83d00110000', '\ufffd\ufffd'],
  ['utf8mb4', 'c341', '\ufffdA'],
])('%s %s is not well formed, and no lone surrogate comes out of it', (charset, hex, text) => {
  expect(decodeText(bytes(hex), charset)).toBe(text);
});

test.each(['gbk', 'big5', 'sjis', 'ujis', 'eucjpms', 'gb18030', 'euckr'])(
  'a %s character that is cut off is a question mark',
  (charset) => {
    expect(decodeText(bytes('41a4'), charset)).toBe(charset === 'sjis' ? 'A､' : 'A?');
  },
);

test('an unknown character set has a code of its own', () => {
  expect(() => decodeText(bytes('41'), 'klingon')).toThrow(
    expect.objectContaining({ code: 'CDC_CHARSET_UNKNOWN' }),
  );
});

test('CHAR(n) counts characters of the longest form', () => {
  expect(['latin1', 'gbk', 'ujis', 'utf8mb3', 'utf8mb4', 'utf32'].map(maxBytesPerCharacter)).toEqual([
    1, 2, 3, 3, 4, 4,
  ]);
});

test('binary text is UTF-8 where it can be that, else latin1', () => {
  expect(decodeText(Buffer.from('ö€', 'utf8'), 'binary')).toBe('ö€');
  expect(decodeText(Buffer.of(0xe9, 0x80), 'binary')).toBe('é€');
});
