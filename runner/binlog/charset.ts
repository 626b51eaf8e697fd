import iconv from 'iconv-lite';
import { CdcError } from '../../core/errors.ts';
import { charsetOf as charsetOfCollation } from './collations.ts';

const ICONV: Readonly<Record<string, string>> = {
  big5: 'big5',
  cp1250: 'cp1250',
  cp1251: 'cp1251',
  cp1256: 'cp1256',
  cp1257: 'cp1257',
  cp850: 'cp850',
  cp852: 'cp852',
  cp866: 'cp866',
  cp932: 'cp932',
  sjis: 'shiftjis',
  ujis: 'eucjp',
  eucjpms: 'eucjp',
  euckr: 'euckr',
  gb2312: 'gb2312',
  gbk: 'gbk',
  gb18030: 'gb18030',
  greek: 'iso88597',
  hebrew: 'iso88598',
  koi8r: 'koi8r',
  koi8u: 'koi8u',
  latin2: 'iso88592',
  latin5: 'iso88599',
  latin7: 'iso885913',
  macce: 'maccenteuro',
  macroman: 'macroman',
  tis620: 'tis620',
  ucs2: 'utf-16be',
  utf16: 'utf-16be',
  utf16le: 'utf-16le',
  utf32: 'utf-32be',
  armscii8: 'armscii8',
};
const C1 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';
export function decodeText(bytes: Uint8Array, charset: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (charset === 'utf8mb4' || charset === 'utf8mb3' || charset === 'utf8' || charset === 'ascii')
    return buffer.toString('utf8');
  if (charset === 'latin1') {
    const text = buffer.toString('latin1');
    return /[\x80-\x9f]/.test(text)
      ? text.replace(/[\x80-\x9f]/g, (c) => C1[c.charCodeAt(0) - 0x80] ?? c)
      : text;
  }
  const name = ICONV[charset];
  if (name === undefined) throw new CdcError('CDC_CHARSET_UNKNOWN', `character set ${charset} is not known`);
  return iconv.decode(buffer, name, { stripBOM: false });
}

export function charsetOf(collationId: number, _flavor: 'mysql' | 'mariadb'): string {
  return charsetOfCollation(collationId);
}
