import type { Chance } from './chance.ts';
import type { ColumnType, Server } from './column-type.ts';
import { hexLiteral } from './text-types.ts';

const KEYS = ['a', 'b', 'c', 'n', 'long key '.repeat(20).trim(), 'ä', '', 'k"q', 'z\u{1f600}', '10', '2'];

/** Numbers and text as JSON text. */
function scalarText(chance: Chance): string {
  const numbers = [
    '0',
    '-1',
    '32767',
    '32768',
    '-32769',
    '65535',
    '2147483648',
    '-9223372036854775808',
    '18446744073709551615',
  ];
  switch (chance.int(0, 5)) {
    case 0:
      return chance.pick(['null', 'true', 'false']);
    case 1:
      return chance.pick(numbers);
    case 2:
      return chance.pick([
        '-0.0',
        '0.1',
        '1e22',
        '1.5e-7',
        '1e300',
        '123456.789',
        '5e-324',
        '2.0',
        '1e15',
        '1e16',
      ]);
    case 3:
      return `${chance.int(-1_000_000, 1_000_000)}.${chance.int(1, 999)}`;
    default:
      return JSON.stringify(
        chance
          .list(0, 12, () => chance.pick(['x', 'ü', '是', '\u{1f600}', '"', '\\', '\n', '\u0000', ' ']))
          .join(''),
      );
  }
}

function documentText(chance: Chance, depth: number): string {
  if (depth === 0 || chance.percent(30)) return scalarText(chance);
  if (chance.percent(40)) return `[${chance.list(0, 5, () => documentText(chance, depth - 1)).join(', ')}]`;
  const names = chance.some(KEYS).slice(0, 6);
  return `{${names.map((name) => `${JSON.stringify(name)}: ${documentText(chance, depth - 1)}`).join(', ')}}`;
}

/** What JSON text can't say: decimals, times and bytes inside of a document. */
const OPAQUE: readonly string[] = [
  'CAST(1.50 AS DECIMAL(5,2))',
  'CAST(-12345678901234567890.123456789 AS DECIMAL(40,9))',
  "CAST('2024-02-29' AS DATE)",
  "CAST('-838:59:59.000001' AS TIME(6))",
  "CAST('2024-02-29 23:59:59.999999' AS DATETIME(6))",
  "CAST('abc' AS BINARY)",
  "CAST(REPEAT('z', 90) AS BINARY)",
  "b'101'",
  '18446744073709551615',
  '1e0',
  'NULL',
  'TRUE',
];

function document(chance: Chance): string {
  if (chance.percent(20)) {
    const items = chance.list(1, 4, () => chance.pick(OPAQUE));
    return chance.percent(50)
      ? `JSON_ARRAY(${items.join(', ')})`
      : `JSON_OBJECT(${items.map((item, index) => `'m${index}', ${item}`).join(', ')})`;
  }
  if (chance.percent(6)) {
    return `JSON_OBJECT('a', ${chance.int(1, 9)}, 'big', REPEAT('x', ${chance.pick([200, 70_000])}), 'n', JSON_ARRAY(1, 70000, '${chance.digits(8)}'))`;
  }
  return `CAST(${hexLiteral(documentText(chance, 3))} AS JSON)`;
}

const PATHS = ['$.a', '$.b', '$.n', '$.c', '$[0]', '$[1]', '$.a.b', '$.a[0]', '$.big', '$.m0', '$[2].a'];

const newPart = (chance: Chance): string =>
  chance.pick([
    "'s'",
    '7',
    'NULL',
    "'a longer text than before'",
    '1.5e0',
    ...OPAQUE,
    "JSON_ARRAY(1, 'x')",
    "JSON_OBJECT('a', 1)",
  ]);

/** A change of a part of the document in the column, which the server may log as such. */
export function partialChange(chance: Chance, column: string): string {
  const paths = chance.some(PATHS).slice(0, 3);
  if (chance.percent(30)) return `JSON_REMOVE(${column}, ${paths.map((path) => `'${path}'`).join(', ')})`;
  const name = chance.pick(['JSON_SET', 'JSON_SET', 'JSON_REPLACE']);
  return `${name}(${column}, ${paths.map((path) => `'${path}', ${newPart(chance)}`).join(', ')})`;
}

/** MySQL's binary documents; on MariaDB JSON is text with a check. */
export function jsonColumn(server: Server): ColumnType {
  const mysql = server.flavor === 'mysql';
  return {
    sql: 'JSON',
    kind: mysql ? 'json' : 'text',
    literal: mysql ? document : (chance) => hexLiteral(documentText(chance, 2)),
    key: 'no',
    blob: true,
    bytes: 12,
    document: mysql,
  };
}
