import { expect, test } from 'vitest';
import type { TableMap } from '../../../../../runner/binlog/event.ts';
import { parseStatement } from '../../../../../runner/source/ddl/parse-statement.ts';
import { definitionOf } from '../../../../../runner/source/schema/catalog-table.ts';
import { TrackedSchema } from '../../../../../runner/source/schema/tracked-schema.ts';
import { changesOf } from '../../../../../runner/source/source.ts';

const at = (position: number) => ({ file: 'binlog.000001', position });

const changes = (sql: string) =>
  changesOf(
    parseStatement(sql, {
      flavor: 'mysql',
      serverVersion: [8, 0, 31],
      database: 'd',
      sqlMode: 0n,
      lowerCaseTableNames: 0,
      serverCollation: 255,
      explicitTimestamps: true,
    }),
  );

const map = (table: string): TableMap => ({ database: 'd', table }) as TableMap;

function columns(schema: TrackedSchema, table: string, position: number): string[] | string {
  const found = schema.find(map(table), at(position));
  if (found.table === 'unknown') return 'unknown';
  return definitionOf('d', table, found.table).columns.map((column) => column.name);
}

function tracked(): TrackedSchema {
  const schema = new TrackedSchema(false, 1);
  schema.apply(changes('CREATE TABLE t (a INT, b INT)'), at(100));
  schema.apply(changes('ALTER TABLE t DROP COLUMN a, ADD c INT FIRST'), at(200));
  schema.apply(changes('RENAME TABLE t TO u'), at(300));
  return schema;
}

test('a stream that goes back takes the schema with it, and comes to the same again', () => {
  const schema = tracked();
  expect([columns(schema, 'u', 300), columns(schema, 't', 300)]).toEqual([['c', 'b'], 'unknown']);
  const versions = [100, 200, 300].map((position) => schema.versionAt(at(position)));
  expect(new Set(versions).size).toBe(3);
  schema.rewindTo(at(100));
  expect([columns(schema, 't', 100), columns(schema, 'u', 100)]).toEqual([['a', 'b'], 'unknown']);
  schema.apply(changes('ALTER TABLE t DROP COLUMN a, ADD c INT FIRST'), at(200));
  expect(columns(schema, 't', 200)).toEqual(['c', 'b']);
  expect(versions).not.toContain(schema.versionAt(at(200)));
});

test('what is stored for a place is the schema of that place', () => {
  const schema = tracked();
  for (const [position, table, expected] of [
    [100, 't', ['a', 'b']],
    [250, 't', ['c', 'b']],
    [300, 'u', ['c', 'b']],
  ] as const) {
    const restored = TrackedSchema.restore(schema.serializeAt(at(position)), false);
    expect(restored === null ? null : columns(restored, table, position)).toEqual(expected);
    expect(restored?.versionAt(at(position))).toBe(schema.versionAt(at(position)));
  }
});

test('what is settled can not be taken back', () => {
  const schema = tracked();
  schema.settle(at(200));
  schema.rewindTo(at(50));
  expect(columns(schema, 't', 200)).toEqual(['c', 'b']);
});

test('a snapshot of a later place counts from there on, and before only as a hint', () => {
  const schema = new TrackedSchema(false, 1);
  const donor = tracked();
  const known = donor.find(map('u'), at(300)).table;
  schema.adopt({
    asOf: at(300),
    tables: [{ name: { database: 'd', table: 'u' }, table: known }],
    databases: [],
  });
  expect(schema.find(map('u'), at(200))).toMatchObject({ kind: 'later', asOf: at(300) });
  // the snapshot holds this change already
  schema.apply(changes('ALTER TABLE u ADD x INT'), at(250));
  expect(schema.find(map('u'), at(300))).toMatchObject({ kind: 'tracked' });
  expect(columns(schema, 'u', 300)).toEqual(['c', 'b']);
  schema.apply(changes('ALTER TABLE u ADD y INT'), at(400));
  expect(columns(schema, 'u', 400)).toEqual(['c', 'b', 'y']);
  schema.rewindTo(at(200));
  expect(schema.find(map('u'), at(200))).toMatchObject({ kind: 'later' });
});

test('a checkpoint behind the place of a snapshot keeps all of it', () => {
  const schema = new TrackedSchema(false, 1);
  const known = tracked().find(map('u'), at(300)).table;
  schema.adopt({
    asOf: at(300),
    tables: [{ name: { database: 'd', table: 'u' }, table: known }],
    databases: [],
  });
  const restored = TrackedSchema.restore(schema.serializeAt(at(350)), false);
  expect(restored === null ? null : columns(restored, 'u', 350)).toEqual(['c', 'b']);
});

test('a statement that does not fit the known table makes it unknown, never wrong', () => {
  const schema = tracked();
  schema.apply(changes('ALTER TABLE u DROP COLUMN nope'), at(400));
  expect(columns(schema, 'u', 400)).toBe('unknown');
});
