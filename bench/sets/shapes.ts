import { type MadeColumn, type OneTable, oneTable } from './one-table.ts';
import type { TableSet } from './table-set.ts';

const WIDE_COLUMNS = 300;

/** Three hundred columns beside the key: integers, short texts, decimals, datetimes, in turn. */
function wideColumns(): MadeColumn[] {
  return Array.from({ length: WIDE_COLUMNS - 1 }, (_, index) => {
    const name = `c${String(index).padStart(3, '0')}`;
    const kinds: readonly [string, string][] = [
      ['INT NULL', `r * ${index + 1} MOD 1000003`],
      ['VARCHAR(40) NULL', `CONCAT('v', r MOD ${index + 7})`],
      ['DECIMAL(10,2) NULL', `r MOD 10007 / 100`],
      ['DATETIME NULL', `TIMESTAMP('2024-01-01') + INTERVAL r MINUTE`],
      ['BIGINT NULL', `IF(r MOD 3 = 0, NULL, r * 1000003)`],
    ];
    const [definition, value] = kinds[index % kinds.length] ?? ['INT NULL', 'r'];
    return { name, definition, value };
  });
}

const SHAPES: readonly OneTable[] = [
  {
    name: 'wide',
    what: '300 columns of five types',
    defaultRows: 50_000,
    columns: wideColumns(),
    update: 'c000 = c000 + 1',
    tableOptions: 'ROW_FORMAT=DYNAMIC',
  },
  {
    name: 'narrow',
    what: '2 columns, both INT',
    defaultRows: 2_000_000,
    columns: [{ name: 'v', definition: 'INT NOT NULL', value: 'r * 31 MOD 65537' }],
    update: 'v = v + 1',
  },
  {
    name: 'text',
    what: 'texts of 20 to 2,000 characters, some outside ASCII, some to be escaped',
    defaultRows: 100_000,
    columns: [
      { name: 'title', definition: 'VARCHAR(120) NOT NULL', value: `CONCAT('Title ', SHA2(r, 256))` },
      {
        name: 'body',
        definition: 'TEXT NOT NULL',
        value: `CONCAT(REPEAT('plain words and more of them ', 1 + r MOD 40), IF(r MOD 4 = 0, 'größer 注文 ☃', ''))`,
      },
      {
        name: 'quoted',
        definition: 'TEXT NOT NULL',
        value: `REPEAT(CONCAT('say "', r, '"\\n', '\\\\'), 1 + r MOD 20)`,
      },
      {
        name: 'tag',
        definition: 'VARCHAR(20) NULL',
        value: `IF(r MOD 3 = 0, NULL, CONCAT('tag', r MOD 50))`,
      },
    ],
    update: `tag = 'changed'`,
  },
  {
    name: 'numbers',
    what: '20 numeric and temporal columns',
    defaultRows: 500_000,
    columns: [
      { name: 't', definition: 'TINYINT NOT NULL', value: 'r MOD 127' },
      { name: 's', definition: 'SMALLINT NOT NULL', value: '-(r MOD 32767)' },
      { name: 'm', definition: 'MEDIUMINT UNSIGNED NOT NULL', value: 'r MOD 16777215' },
      { name: 'i', definition: 'INT NOT NULL', value: '-r' },
      { name: 'u', definition: 'INT UNSIGNED NOT NULL', value: '4294967295 - r' },
      { name: 'b', definition: 'BIGINT NOT NULL', value: '-r * 1000000007' },
      { name: 'bu', definition: 'BIGINT UNSIGNED NOT NULL', value: '18446744073709551615 - r' },
      { name: 'd2', definition: 'DECIMAL(12,2) NOT NULL', value: 'r / 100' },
      { name: 'd9', definition: 'DECIMAL(30,9) NOT NULL', value: '-r * 1000003 / 1000000' },
      { name: 'f', definition: 'FLOAT NOT NULL', value: 'r / 7' },
      { name: 'g', definition: 'DOUBLE NOT NULL', value: 'r / 13' },
      { name: 'y', definition: 'YEAR NOT NULL', value: '2000 + r MOD 100' },
      { name: 'dt', definition: 'DATE NOT NULL', value: `DATE('2024-01-01') + INTERVAL r MOD 20000 DAY` },
      { name: 'ti', definition: 'TIME(3) NOT NULL', value: 'SEC_TO_TIME(r MOD 80000 + 0.125)' },
      {
        name: 'dm',
        definition: 'DATETIME(6) NOT NULL',
        value: `TIMESTAMP('2024-01-01') + INTERVAL r MICROSECOND`,
      },
      {
        name: 'ts',
        definition: 'TIMESTAMP(3) NOT NULL',
        value: `TIMESTAMP('2024-01-01') + INTERVAL r MOD 8000000 SECOND`,
      },
      { name: 'n1', definition: 'INT NULL', value: 'NULL' },
      { name: 'n2', definition: 'BIGINT NULL', value: 'IF(r MOD 2 = 0, NULL, r)' },
      { name: 'z', definition: 'INT NOT NULL', value: '0' },
    ],
    update: 'i = i - 1, d2 = d2 + 1',
  },
  {
    name: 'latin1',
    what: 'texts in latin1, two of three with letters outside ASCII',
    defaultRows: 500_000,
    columns: [
      {
        name: 'name',
        definition: 'VARCHAR(80) NOT NULL',
        value: `ELT(1 + r MOD 3, 'plain name', 'Müller-Größe', 'Señor Ça Æble') `,
      },
      {
        name: 'street',
        definition: 'VARCHAR(120) NOT NULL',
        value: `CONCAT('Straße ', r MOD 10000, ' über der Brücke')`,
      },
      { name: 'code', definition: 'CHAR(10) NOT NULL', value: `LPAD(r MOD 99999, 10, '0')` },
      { name: 'note', definition: 'TEXT NULL', value: `REPEAT('nur ASCII im Text ', 1 + r MOD 10)` },
    ],
    update: `note = 'geändert'`,
    tableOptions: 'DEFAULT CHARSET=latin1',
  },
];

/** Shapes of tables at the ends: many columns, few, only text, only numbers, an old character set. */
export const shapes: readonly TableSet[] = SHAPES.map(oneTable);
