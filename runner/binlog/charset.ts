/** Text in the character sets of MySQL and MariaDB. */
import { isUtf8 } from 'node:buffer';
import { CdcError } from '../../core/errors.ts';
import { multiByteDecoder, singleByteDecoder, type TextDecode } from './charsets/table-decoder.ts';
import { UNICODE } from './charsets/unicode-decoder.ts';

const MAX_BYTES: Readonly<Record<string, number>> = {
  big5: 2,
  cp932: 2,
  eucjpms: 3,
  euckr: 2,
  gb18030: 4,
  gb2312: 2,
  gbk: 2,
  sjis: 2,
  ucs2: 2,
  ujis: 3,
  utf16: 4,
  utf16le: 4,
  utf32: 4,
  utf8: 3,
  utf8mb3: 3,
  utf8mb4: 4,
};

/** By which CHAR(n) and VARCHAR(n) become bytes (information_schema.CHARACTER_SETS.MAXLEN). */
export const maxBytesPerCharacter = (charset: string): number => MAX_BYTES[charset] ?? 1;

const decoders = new Map<string, TextDecode>();

function makeDecoder(charset: string): TextDecode {
  const decode = UNICODE[charset] ?? singleByteDecoder(charset) ?? multiByteDecoder(charset);
  if (decode !== null) return decode;
  throw new CdcError('CDC_CHARSET_UNKNOWN', `character set ${charset} is not known`);
}

/**
 * How text of a character set (the servers' name for it) is read. A code without a Unicode character comes out as
 * `?`, as the servers' own conversion to utf8mb4 has it. CDC_CHARSET_UNKNOWN.
 */
export function textDecoder(charset: string): TextDecode {
  let decode = decoders.get(charset);
  if (decode === undefined) {
    decode = makeDecoder(charset);
    decoders.set(charset, decode);
  }
  return decode;
}

/**
 * `binary`, which labels of ENUM and SET and statements behind SET NAMES binary may be in, says nothing of the
 * characters: they are read as UTF-8 where the bytes can be that, else as latin1.
 */
export function decodeText(bytes: Uint8Array, charset: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (charset === 'binary') return decodeText(buffer, isUtf8(buffer) ? 'utf8mb4' : 'latin1');
  return textDecoder(charset)(buffer, 0, buffer.length);
}
