/** Column types of all servers with values at their edges, as SQL. */
import type { MysqlName } from './servers.ts';

/** How a value's text in a message follows from what the server selects. */
export type Oracle = 'number' | 'float32' | 'string' | 'utc' | 'bytes' | 'json' | 'geometry' | 'vector';

export interface Type {
  readonly sql: string;
  readonly oracle: Oracle;
  readonly values: readonly string[];
}

const type = (sql: string, oracle: Oracle, ...values: readonly string[]): Type => ({ sql, oracle, values });
const quoted = (...texts: readonly string[]): string[] => texts.map((text) => `'${text}'`);

const INTEGERS = [8, 16, 24, 32, 64].flatMap((bits, index) => {
  const name = ['TINYINT', 'SMALLINT', 'MEDIUMINT', 'INT', 'BIGINT'][index] ?? '';
  const half = 2n ** BigInt(bits - 1);
  return [
    type(name, 'number', ...[-half, half - 1n, -1n, 0n].map(String)),
    type(`${name} UNSIGNED`, 'number', ...[2n * half - 1n, half, 1n, 0n].map(String)),
  ];
});

export const NUMBERS = [
  ...INTEGERS,
  type('YEAR', 'number', '0', '1901', '2155'),
  type(
    'DECIMAL(65,30)',
    'string',
    `${'9'.repeat(35)}.${'9'.repeat(30)}`,
    `-${'9'.repeat(35)}.${'9'.repeat(30)}`,
    '1e-30',
    '0',
  ),
  ...[
    [1, 0],
    [2, 2],
    [9, 9],
    [10, 1],
    [18, 9],
    [19, 0],
    [30, 29],
  ].map(([p, s]) => type(`DECIMAL(${p},${s})`, 'string', '0', '-0.5', '0.0049', '-0.9')),
  type('FLOAT', 'float32', '0.1', '3.402823466e38', '1.17549435e-38', '-1.5', '16777217', '1e-40'),
  type('DOUBLE', 'number', '0.1', '1.7976931348623157e308', '5e-324', '-1e22', '9007199254740993'),
  type('BIT(1)', 'string', "b'1'", "b'0'"),
  type('BIT(9)', 'string', "b'100000001'", "b'0'"),
  type('BIT(64)', 'string', `b'${'1'.repeat(64)}'`, `b'1${'0'.repeat(63)}'`, "b'101'"),
];

export const TIMES = [
  type('DATE', 'string', ...quoted('1000-01-01', '9999-12-31', '0000-00-00', '2024-00-00', '2023-02-31')),
  ...[0, 1, 2, 3, 4, 5, 6].flatMap((digits) => [
    type(
      `TIME(${digits})`,
      'string',
      ...quoted('-838:59:59', '838:59:59', '-00:00:00.9', '-00:00:01.000001', '12:34:56.789012'),
    ),
    type(
      `DATETIME(${digits})`,
      'string',
      ...quoted(
        '0000-00-00 00:00:00',
        '1000-01-01 00:00:00',
        '2024-02-00 10:11:12.123456',
        '9999-12-31 23:59:59',
      ),
    ),
    type(
      `TIMESTAMP(${digits}) NULL`,
      'utc',
      ...quoted(
        '0000-00-00 00:00:00',
        '1970-01-01 00:00:01',
        '2024-02-29 23:59:59.123456',
        '2038-01-19 03:14:07',
      ),
    ),
  ]),
];

const CHARSETS = [
  'latin1',
  'latin2',
  'greek',
  'hebrew',
  'cp1251',
  'koi8r',
  'big5',
  'gbk',
  'sjis',
  'ujis',
  'euckr',
  'ucs2',
  'utf16',
  'utf16le',
  'utf32',
  'utf8',
  'utf8mb4',
];
const SAMPLES = [
  'plain',
  'é€ž',
  'αβγ',
  'אבג',
  'жЖё',
  '是否一',
  'あア表',
  '가나',
  '\u{1f600}',
  'q"\\\\ \\n\u2028',
  ' pad  ',
];

export const TEXTS = [
  ...CHARSETS.flatMap((charset) => [
    type(`CHAR(20) CHARACTER SET ${charset}`, 'string', ...quoted(...SAMPLES)),
    type(`VARCHAR(300) CHARACTER SET ${charset}`, 'string', ...quoted(...SAMPLES)),
    type(`TEXT CHARACTER SET ${charset}`, 'string', ...quoted(...SAMPLES)),
  ]),
  type('CHAR(255) CHARACTER SET utf8mb4', 'string', "''", "REPEAT('é', 255)", "REPEAT('\u{1f600}', 200)"),
  type('TINYTEXT', 'string', "REPEAT('x', 255)", "''"),
  type('LONGTEXT', 'string', "REPEAT('x', 70000)", "''"),
  type("ENUM('a','ä','') CHARACTER SET latin1", 'string', "'ä'", "'a'", "'no such label'", "''"),
  type(
    `ENUM(${quoted(...Array.from({ length: 300 }, (_item, index) => `l${index}`)).join(',')})`,
    'string',
    "'l0'",
    "'l255'",
    "'l299'",
  ),
  type(
    `SET(${quoted(...Array.from({ length: 64 }, (_item, index) => `m${index}`)).join(',')})`,
    'string',
    '18446744073709551615',
    '9223372036854775808',
    '0',
    "'m31,m32'",
  ),
];

export const BYTES = [
  type('BINARY(5)', 'bytes', "''", "X'00'", "X'ff00'", "X'0000000001'"),
  type('VARBINARY(300)', 'bytes', "''", "X'ff00'", "REPEAT(X'fe', 300)"),
  type('TINYBLOB', 'bytes', "X'c3'", "REPEAT(X'00', 255)"),
  type('BLOB', 'bytes', "X'c3'", "REPEAT(X'01', 60000)"),
  type('MEDIUMBLOB', 'bytes', "''", "REPEAT(X'02', 70000)"),
  type(
    'GEOMETRY',
    'geometry',
    "ST_GeomFromText('POINT(1 2)')",
    "ST_GeomFromText('LINESTRING(0 0,1 1)', 4326)",
    "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')",
  ),
];

const JSONS = type(
  'JSON',
  'json',
  ...quoted(
    'null',
    '[]',
    '{}',
    '-0.0',
    '1e22',
    '0.1',
    '18446744073709551615',
    '-9223372036854775808',
    '"\u{1f600}\\\\u0000"',
  ),
  `'{"b":[1,70000,5000000000,{"x":[null,true]}],"a":1.50,"":""}'`,
  "CONCAT('[\"', REPEAT('x', 70000), '\",1,70000]')",
  'JSON_ARRAY(CAST(1.50 AS DECIMAL(5,2)), CAST(-1e-10 AS DECIMAL(30,20)))',
  "JSON_ARRAY(CAST('2024-02-29' AS DATE), CAST('-30:59:59.000001' AS TIME(6)), CAST('2024-02-29 23:59:59.5' AS DATETIME(6)))",
  "JSON_ARRAY(CAST('abc' AS BINARY), b'101', CAST(REPEAT('z', 100) AS BINARY), X'00ff')",
);

export const OWN: Readonly<Record<MysqlName, readonly Type[]>> = {
  mysql57: [JSONS],
  mysql80: [JSONS],
  mysql84: [JSONS],
  mysql97: [
    JSONS,
    type(
      'VECTOR(3)',
      'vector',
      "STRING_TO_VECTOR('[1.05,-17.8,0]')",
      "STRING_TO_VECTOR('[-0.0,1e-30,3.4e38]')",
    ),
  ],
  mariadb: [
    type('JSON', 'string', `'{"b" :  1,"a":2,"a":3}'`, "'null'"),
    type('INET4', 'string', ...quoted('1.2.3.4', '10.0.0.0', '0.0.0.0')),
    type(
      'INET6',
      'string',
      ...quoted('::', '1::', '::ffff:1.2.3.4', '2001:db8::1:0:0:1', '1:2:3:4:5:6:7:0', '::1:0'),
    ),
    type(
      'UUID',
      'string',
      ...quoted(
        'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
        '018f4e5c-1234-7abc-9def-000000000000',
        '00000000-0000-0000-0000-000000000000',
      ),
    ),
    type('VARCHAR(300) COMPRESSED CHARACTER SET latin1', 'string', "REPEAT('é', 300)", "'short'", "''"),
    type('BLOB COMPRESSED', 'bytes', "REPEAT(X'00ff', 5000)", "X'00'", "''"),
  ],
};
