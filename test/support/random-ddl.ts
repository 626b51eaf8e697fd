/** Random statements that change one table; some of them a server refuses. */
import fc from 'fast-check';

const TYPES = [
  'INT',
  'INT UNSIGNED NOT NULL',
  'BIGINT NOT NULL DEFAULT 5',
  'VARCHAR(20)',
  'VARCHAR(10) CHARACTER SET utf8mb4 NOT NULL',
  'CHAR(4) COLLATE latin1_bin',
  "ENUM('a','b') NOT NULL DEFAULT 'b'",
  'DECIMAL(9,3)',
  'DATETIME(2)',
  'TEXT',
  "VARCHAR(5) NOT NULL DEFAULT ',x INT' COMMENT 'AFTER c1, DROP c2'",
];

const column = fc.integer({ min: 0, max: 6 }).map((number) => `c${number}`);
const columns = fc.uniqueArray(column, { minLength: 1, maxLength: 3 });
const type = fc.constantFrom(...TYPES);
const place = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.constant(' FIRST'),
  column.map((name) => ` AFTER ${name}`),
);
const index = fc.constantFrom('i1', 'i2', '');

const clause = fc.oneof(
  fc.tuple(column, type, place).map(([name, of, where]) => `ADD COLUMN ${name} ${of}${where}`),
  fc.tuple(column, type, column, type).map(([a, x, b, y]) => `ADD (${a} ${x}, ${b} ${y})`),
  fc.tuple(column, type, place).map(([name, of, where]) => `MODIFY ${name} ${of}${where}`),
  fc
    .tuple(column, column, type, place)
    .map(([name, to, of, where]) => `CHANGE COLUMN ${name} ${to} ${of}${where}`),
  column.map((name) => `DROP COLUMN ${name}`),
  fc
    .tuple(index, columns, fc.boolean())
    .map(([name, parts, unique]) => `ADD ${unique ? 'UNIQUE ' : ''}INDEX ${name} (${parts.join(', ')})`),
  index.map((name) => `DROP INDEX ${name === '' ? 'c1' : name}`),
  columns.map((parts) => `ADD PRIMARY KEY (${parts.join(', ')})`),
  fc.constant('DROP PRIMARY KEY'),
  fc.constantFrom(
    'CONVERT TO CHARACTER SET utf8mb4',
    'DEFAULT CHARACTER SET cp1250',
    'ENGINE=InnoDB',
    'FORCE',
  ),
);

/** What docs/limits.md leaves out: a column that is dropped and made anew by one statement. */
const remakes = (clauses: readonly string[]): boolean =>
  clauses.some((text) => {
    const dropped = /^DROP COLUMN (c\d)$/.exec(text)?.[1];
    return dropped !== undefined && clauses.some((other) => new RegExp(`ADD.*\\b${dropped} `).test(other));
  });

/** `name` is the table's. */
export const randomAlter = (name: string): fc.Arbitrary<string> =>
  fc
    .array(clause, { minLength: 1, maxLength: 3 })
    .filter((clauses) => !remakes(clauses))
    .map((clauses) => `ALTER TABLE ${name} ${clauses.join(', ')}`);
