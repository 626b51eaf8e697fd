/** Character sets with characters that they have, and columns of them. */
import type { Chance } from './chance.ts';
import type { ColumnType, Server } from './column-type.ts';

type Range = readonly [number, number];

const LATIN: Range = [0xa0, 0x17f];
const GREEK: Range = [0x370, 0x3ff];
const CYRILLIC: Range = [0x400, 0x45f];
const KANA: Range = [0x3041, 0x30fe];
const HAN: Range = [0x4e00, 0x9fa5];
const HANGUL: Range = [0xac00, 0xd7a3];

const SINGLE_BYTE: Readonly<Record<string, Range>> = {
  ascii: [0x20, 0x7e],
  latin1: LATIN,
  latin2: LATIN,
  latin5: LATIN,
  latin7: LATIN,
  cp1250: LATIN,
  cp1257: LATIN,
  cp850: LATIN,
  cp852: LATIN,
  dec8: LATIN,
  hp8: LATIN,
  keybcs2: LATIN,
  macce: LATIN,
  macroman: LATIN,
  swe7: LATIN,
  greek: GREEK,
  cp1251: CYRILLIC,
  cp866: CYRILLIC,
  koi8r: CYRILLIC,
  koi8u: CYRILLIC,
  hebrew: [0x5d0, 0x5ea],
  cp1256: [0x621, 0x64a],
  tis620: [0xe01, 0xe5b],
  armscii8: [0x531, 0x586],
  geostd8: [0x10d0, 0x10f5],
};

const MULTI_BYTE: Readonly<Record<string, readonly Range[]>> = {
  big5: [HAN],
  gbk: [HAN, KANA],
  gb2312: [HAN, KANA],
  gb18030: [HAN, HANGUL, [0x1f300, 0x1f64f], [0x20000, 0x2a6d6]],
  sjis: [KANA, HAN],
  cp932: [KANA, HAN],
  ujis: [KANA, HAN],
  eucjpms: [KANA, HAN],
  euckr: [HANGUL],
  ucs2: [LATIN, GREEK, HAN],
  utf8: [LATIN, HAN, [0x2010, 0x2030]],
  utf16: [LATIN, HAN, [0x1f300, 0x1f64f]],
  utf16le: [LATIN, HAN, [0x1f300, 0x1f64f]],
  utf32: [LATIN, HAN, [0x1f300, 0x1f64f]],
  utf8mb4: [LATIN, HAN, [0x1f300, 0x1f64f], [0xe000, 0xe010]],
};

const PLAIN = ['a', 'B', '0', ' ', "'", '"', '\\', '\n', '\t', '\u0000', '\u007f', '/', '<', ',', '`'];

const COLLATIONS: Readonly<Record<'all' | 'since80' | 'mysql' | 'mariadb', readonly string[]>> = {
  all: [
    'utf8mb4_bin',
    'utf8mb4_general_ci',
    'utf8mb4_unicode_ci',
    'utf8mb4_czech_ci',
    'utf8mb4_unicode_520_ci',
  ],
  mysql: [],
  since80: ['utf8mb4_0900_ai_ci', 'utf8mb4_0900_bin', 'utf8mb4_ja_0900_as_cs', 'utf8mb4_0900_as_cs'],
  mariadb: ['utf8mb4_nopad_bin', 'utf8mb4_uca1400_ai_ci', 'utf8mb4_thai_520_w2'],
};

export interface Charset {
  readonly name: string;
  readonly collation: string;
  /** Longest character. */
  readonly bytes: number;
  readonly text: (chance: Chance, length: number) => string;
}

export const hexLiteral = (text: string): string =>
  `_utf8mb4 X'${Buffer.from(text, 'utf8').toString('hex')}'`;

/** A literal of so many characters that the set has, now and then one that it lacks, or bytes as they are. */
function literalIn(name: string, ranges: readonly Range[]): Charset['text'] {
  return (chance, length) => {
    if (name in SINGLE_BYTE && name !== 'swe7' && chance.percent(20)) {
      const most = name === 'ascii' ? 0x7f : 0xff;
      return `_${name} X'${Buffer.from(chance.list(0, length, () => chance.int(0, most))).toString('hex')}'`;
    }
    const characters = chance.list(0, length, () => {
      if (chance.percent(30)) return chance.pick(PLAIN);
      const [from, to] = chance.percent(3) ? HAN : chance.pick(ranges);
      return String.fromCodePoint(chance.int(from, to));
    });
    return hexLiteral(characters.join(''));
  };
}

function collationOf(server: Server, name: string, chance: Chance): string {
  if (name !== 'utf8mb4') return chance.percent(30) ? ` COLLATE ${name}_bin` : '';
  const list = [...COLLATIONS.all];
  if (server.flavor === 'mariadb') list.push(...COLLATIONS.mariadb);
  else if (server.version >= 80) list.push(...COLLATIONS.since80);
  return ` COLLATE ${chance.pick(list)}`;
}

export function charset(server: Server, chance: Chance): Charset {
  const single = chance.percent(35);
  const names = Object.keys(single ? SINGLE_BYTE : MULTI_BYTE).filter(
    (name) => name !== 'gb18030' || server.flavor === 'mysql',
  );
  const name = !single && chance.percent(45) ? 'utf8mb4' : chance.pick(names);
  const ranges = MULTI_BYTE[name] ?? [SINGLE_BYTE[name] ?? LATIN];
  const bytes = single ? 1 : name.startsWith('utf') ? 4 : 3;
  return { name, collation: collationOf(server, name, chance), bytes, text: literalIn(name, ranges) };
}

const SIZES = ['TINYTEXT', 'TEXT', 'MEDIUMTEXT', 'LONGTEXT'] as const;

export function textColumn(server: Server, chance: Chance): ColumnType {
  const set = charset(server, chance);
  const suffix = ` CHARACTER SET ${set.name}${set.collation}`;
  const length = chance.pick([1, 3, 10, 63, 64, 85, 86, 255]);
  const shape = chance.pick(['CHAR', 'VARCHAR', 'VARCHAR', 'TEXT']);
  if (shape === 'TEXT') {
    const size = chance.pick(SIZES);
    const compressed = server.flavor === 'mariadb' && chance.percent(25) ? ' COMPRESSED' : '';
    return {
      sql: `${size}${compressed}${suffix}`,
      kind: 'text',
      literal: (now) => longText(now, set, size),
      key: compressed === '' ? 'prefix' : 'no',
      blob: true,
      bytes: 12,
    };
  }
  const declared = shape === 'VARCHAR' && chance.percent(30) ? length + 200 : length;
  const compressed =
    shape === 'VARCHAR' && server.flavor === 'mariadb' && chance.percent(15) ? ' COMPRESSED' : '';
  return {
    sql: `${shape}(${declared})${compressed}${suffix}`,
    kind: 'text',
    literal: (now) => set.text(now, Math.min(declared, now.pick([3, 20, declared]))),
    key: compressed !== '' || declared > 64 ? 'no' : 'yes',
    blob: false,
    bytes: declared * set.bytes,
  };
}

function longText(chance: Chance, set: Charset, size: (typeof SIZES)[number]): string {
  const short = set.text(chance, 40);
  if (!chance.percent(10)) return short;
  const times = size === 'TINYTEXT' ? 5 : size === 'TEXT' ? 300 : chance.pick([300, 3000]);
  return `REPEAT(${short}, ${times})`;
}

const label = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Labels differ in their first characters, so no collation takes two of them for one. */
function labels(chance: Chance, set: Charset, count: number): string[] {
  const special = set.bytes > 1 ? '是' : set.name.startsWith('latin') ? 'é' : 'z';
  return Array.from({ length: count }, (_item, index) => {
    // 0x5c is a letter in swe7
    const backslash = set.name === 'swe7' ? '' : '\\';
    const tail = chance.pick(['', 'x', special, "'", ' "', backslash, '-']);
    return `l${index}${tail}`;
  });
}

export function enumColumn(server: Server, chance: Chance): ColumnType {
  const set = charset(server, chance);
  const list = labels(chance, set, chance.pick([1, 2, 8, 255, 256, 300]));
  return {
    sql: `ENUM(${list.map(label).join(',')}) CHARACTER SET ${set.name}${set.collation}`,
    kind: 'text',
    literal: (now) => (now.percent(10) ? "'no such label'" : String(now.int(1, list.length))),
    key: 'yes',
    blob: false,
    bytes: 2,
  };
}

export function setColumn(server: Server, chance: Chance): ColumnType {
  const set = charset(server, chance);
  const count = chance.pick([1, 7, 8, 9, 16, 33, 63, 64]);
  const members = labels(chance, set, count).map((text) => text.replaceAll(',', ''));
  return {
    sql: `SET(${members.map(label).join(',')}) CHARACTER SET ${set.name}${set.collation}`,
    kind: 'text',
    literal: (now) => {
      const bits = now.list(0, 4, () => 1n << BigInt(now.int(0, count - 1)));
      return String(now.percent(10) ? (1n << BigInt(count)) - 1n : bits.reduce((sum, bit) => sum | bit, 0n));
    },
    key: 'no',
    blob: false,
    bytes: 8,
  };
}
