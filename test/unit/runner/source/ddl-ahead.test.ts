import { expect, test } from 'vitest';
import { movesColumns } from '../../../../runner/source/ddl-ahead.ts';

const ddl = (verb: string, sql: string) =>
  ({
    kind: 'ddl',
    action: 'ddl',
    object: 'table',
    verb,
    database: 'd',
    table: 't',
    tables: [{ database: 'd', table: 't' }],
    sql,
    changes: [],
  }) as const;

test.each([
  ['ALTER', 'alter table t drop column a'],
  ['ALTER', 'ALTER TABLE t DROP a'],
  ['ALTER', 'ALTER TABLE t RENAME COLUMN a TO b'],
  ['ALTER', 'ALTER TABLE t RENAME TO u'],
  ['ALTER', 'ALTER TABLE t MODIFY a INT FIRST'],
  ['ALTER', 'ALTER TABLE t ADD INDEX (a), CHANGE a b INT'],
  ['DROP', 'DROP TABLE t'],
  ['RENAME', 'RENAME TABLE t TO u'],
])('%s: %s may move columns', (verb, sql) => {
  expect(movesColumns(ddl(verb, sql))).toBe(true);
});

test.each([
  ['ALTER', 'ALTER TABLE t ADD COLUMN c INT'],
  ['ALTER', 'ALTER TABLE t DROP INDEX a, ENGINE=InnoDB'],
  ['ALTER', 'ALTER TABLE t DROP PARTITION p1'],
  ['ALTER', 'ALTER TABLE t RENAME INDEX a TO b'],
  ['CREATE', 'CREATE TABLE t (a INT)'],
])('%s: %s moves none, or the table map shows it', (verb, sql) => {
  expect(movesColumns(ddl(verb, sql))).toBe(false);
});
