import { expect, test } from 'vitest';
import { parseStatement } from '../../../../../runner/source/ddl/parse-statement.ts';

const parse = (sql: string, flavor: 'mysql' | 'mariadb' = 'mysql') =>
  parseStatement(sql, {
    flavor,
    serverVersion: flavor === 'mysql' ? [8, 0, 31] : [10, 11, 18],
    database: 'd',
    sqlMode: 0n,
    lowerCaseTableNames: 0,
    serverCollation: null,
    explicitTimestamps: null,
  });

test('a type that is not known makes the table unknown', () => {
  expect(parse('CREATE TABLE t (a INT, b HYPERCUBE(3))')).toMatchObject({
    changes: [{ kind: 'forget', tables: [{ database: 'd', table: 't' }] }],
  });
  expect(parse('ALTER TABLE t ADD b HYPERCUBE(3), RENAME TO u')).toMatchObject({
    changes: [{ kind: 'forget', tables: [{ table: 't' }, { table: 'u' }] }],
  });
});

test('columns that come from a query are not known', () => {
  expect(parse('CREATE TABLE t SELECT 1 AS a')).toMatchObject({ changes: [{ kind: 'forget' }] });
  expect(parse('CREATE TABLE t (b INT) SELECT 1 AS a')).toMatchObject({ changes: [{ kind: 'forget' }] });
});

test('a temporary table leaves the one of its name alone', () => {
  expect(parse('DROP TEMPORARY TABLE IF EXISTS t')).toEqual({ kind: 'other' });
  expect(parse('CREATE TEMPORARY TABLE t (a INT)')).toEqual({ kind: 'other' });
});

test('words in comments, strings, defaults and expressions are not attributes', () => {
  const statement = parse(
    "CREATE TABLE t (a VARCHAR(3) DEFAULT 'NOT NULL' COMMENT 'UNIQUE, b INT', c INT DEFAULT (1 + (2)) /* NOT NULL */)",
  );
  expect(statement).toMatchObject({
    changes: [
      {
        kind: 'create-table',
        body: {
          columns: [
            { name: 'a', nullable: true, unique: false },
            { name: 'c', nullable: true },
          ],
        },
      },
    ],
  });
});

test('whether a TIMESTAMP can be NULL stays open where the server does not tell', () => {
  expect(parse('CREATE TABLE t (a TIMESTAMP, b TIMESTAMP NULL, c TIMESTAMP NOT NULL)')).toMatchObject({
    changes: [{ body: { columns: [{ nullable: null }, { nullable: true }, { nullable: false }] } }],
  });
});

test('work on partitions changes no column, whatever the partitions are called', () => {
  expect(parse('ALTER TABLE t DROP PARTITION p0, p1')).toMatchObject({ changes: [{ actions: [] }] });
  expect(
    parse('ALTER TABLE t REORGANIZE PARTITION a,b INTO (PARTITION c VALUES LESS THAN (3))'),
  ).toMatchObject({
    changes: [{ actions: [] }],
  });
});

test('the columns of a period can not be NULL', () => {
  expect(parse('CREATE TABLE t (a INT, p DATE, q DATE, PERIOD FOR x(`P`, q))', 'mariadb')).toMatchObject({
    changes: [{ body: { columns: [{ nullable: true }, { nullable: false }, { nullable: false }] } }],
  });
  expect(parse('ALTER TABLE t ADD PERIOD FOR x(p, q)', 'mariadb')).toMatchObject({
    changes: [{ actions: [{ kind: 'not-null', columns: ['p', 'q'] }] }],
  });
});

test('a key over a period is over columns that are not named', () => {
  expect(parse('ALTER TABLE t ADD UNIQUE (id, x WITHOUT OVERLAPS)', 'mariadb')).toMatchObject({
    changes: [{ kind: 'forget' }],
  });
});

test('savepoints are told apart by name', () => {
  const of = (sql: string) => parse(sql);
  expect(of('SAVEPOINT `A b`')).toEqual({ kind: 'savepoint', verb: 'set', name: 'a b' });
  expect(of('RELEASE SAVEPOINT s')).toEqual({ kind: 'savepoint', verb: 'release', name: 's' });
  expect(of('ROLLBACK TO `s`')).toEqual({ kind: 'savepoint', verb: 'rollback', name: 's' });
  expect(of('ROLLBACK WORK TO SAVEPOINT S')).toEqual({ kind: 'savepoint', verb: 'rollback', name: 's' });
  expect(of('ROLLBACK /* TO s */')).toEqual({ kind: 'rollback' });
  expect(of('ROLLBACK WORK')).toEqual({ kind: 'rollback' });
});

test('what ALTER does to visibility is told apart from what it does to defaults, indexes and checks', () => {
  const actions = (sql: string) => parse(sql);
  expect(actions('ALTER TABLE t ALTER COLUMN a SET INVISIBLE, ALTER b SET VISIBLE')).toMatchObject({
    changes: [
      {
        actions: [
          { kind: 'visibility', column: 'a', invisible: true },
          { kind: 'visibility', column: 'b', invisible: false },
        ],
      },
    ],
  });
  expect(
    actions(
      'ALTER TABLE t ALTER a SET DEFAULT 1, ALTER INDEX i INVISIBLE, ALTER b DROP DEFAULT, ALTER CHECK c ENFORCED',
    ),
  ).toMatchObject({ changes: [{ actions: [] }] });
});
