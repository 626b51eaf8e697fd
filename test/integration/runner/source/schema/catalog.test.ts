import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachEvent } from '../../../../../core/event-runs.ts';
import { openDump } from '../../../../../core/mysql/dump.ts';
import { connectMysql, type MysqlSession } from '../../../../../core/mysql/session.ts';
import { BinlogParser } from '../../../../../runner/binlog/parser.ts';
import { readStatement } from '../../../../../runner/source/read-statement.ts';
import { Catalog, type Known } from '../../../../../runner/source/schema/catalog.ts';
import { definitionOf } from '../../../../../runner/source/schema/catalog-table.ts';
import { readTables } from '../../../../../runner/source/schema/read-tables.ts';
import { changesOf } from '../../../../../runner/source/source.ts';
import { DDL_CASES } from '../../../../support/ddl-cases.ts';
import { randomAlter } from '../../../../support/random-ddl.ts';
import { type MysqlAddress, mysqlServers } from '../../../../support/servers.ts';

const targetOf = ({ host, port, user, password }: MysqlAddress) =>
  ({ host, port, user, password, tls: { kind: 'off' } }) as const;

/** The schema that the statements of the log make, from a place on. */
async function catalogSince(address: MysqlAddress, session: MysqlSession, file: string, position: number) {
  const { flavor, versionNumbers, lowerCaseTableNames } = await session.facts();
  const dump = await openDump({
    target: targetOf(address),
    flavor,
    serverId: 910_000 + process.pid,
    from: { kind: 'position', file, position },
    heartbeatMs: 5_000,
    stopAtEnd: true,
  });
  const parser = new BinlogParser({ verifyChecksum: true, flavor });
  const catalog = new Catalog(lowerCaseTableNames !== 0);
  try {
    for await (const chunk of dump) {
      for (const bytes of eachEvent(chunk)) {
        const event = parser.parse(bytes);
        if (event.kind !== 'query') continue;
        const statement = readStatement(event, {
          flavor,
          serverVersion: versionNumbers,
          lowerCaseTableNames,
        });
        catalog.apply(changesOf(statement), { file, position: event.header.logPos });
      }
    }
  } finally {
    dump.close();
  }
  return catalog;
}

/** What rows depend on; where a server does not tell whether a TIMESTAMP can be NULL, the table map does. */
function comparable(table: string, known: Known | undefined, other: Known | undefined) {
  if (known === undefined || known === 'unknown') return known;
  const { columns, primaryKey, uniqueKey } = definitionOf('d', table, known);
  const silent = (name: string) =>
    [known, other].some(
      (side) =>
        side !== undefined &&
        side !== 'unknown' &&
        side.columns.some((column) => column.name === name && column.nullable === null),
    );
  return {
    columns: columns.map((column) => (silent(column.name) ? { ...column, nullable: null } : column)),
    primaryKey,
    // only stands in for a missing primary key
    uniqueKey: primaryKey.length === 0 ? uniqueKey : [],
  };
}

/** Every table of the database is in the catalog as the server has it now. */
async function expectSame(session: MysqlSession, database: string, catalog: Catalog): Promise<void> {
  const tables = await session.query(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY LENGTH(name) = 1, LENGTH(name), name',
    [database],
  );
  expect(tables.length).toBeGreaterThan(0);
  for (const { name: table } of tables) {
    const named = { database, table: table ?? '' };
    const [theirs] = [...(await readTables((text, params) => session.query(text, params), named)).values()];
    const ours = catalog.table(named);
    expect({ table, known: comparable('t', ours, theirs?.table) }).toEqual({
      table,
      known: comparable('t', theirs?.table, ours),
    });
  }
}

describe.each(mysqlServers())('the schema that follows from the log of $name', ({ name, address }) => {
  const cases = DDL_CASES.filter(({ on }) => on.includes(name));

  test.each(cases.map(({ sql }, index) => ({ sql, index, first: sql[0]?.slice(0, 60) })))(
    'is the one that the server has: $first',
    async ({ sql, index }) => {
      const session = await connectMysql(targetOf(address));
      const database = `catalog_${index}`;
      try {
        await session.query(`DROP DATABASE IF EXISTS ${database}`);
        const { file, position } = await session.currentPosition();
        await session.query("SET SESSION sql_mode = ''");
        await session.query(`CREATE DATABASE ${database} CHARACTER SET latin1`);
        await session.query(`USE ${database}`);
        for (const statement of sql) await session.query(statement.replaceAll('{db}', database));
        const catalog = await catalogSince(address, session, file, position);
        await expectSame(session, database, catalog);
      } finally {
        await session.query(`DROP DATABASE IF EXISTS ${database}`);
        await session.end();
      }
    },
  );

  test('is the one that the server has after random changes', async () => {
    const session = await connectMysql(targetOf(address));
    const database = 'catalog_random';
    const seed = Date.now() % 2 ** 31;
    const statements = fc.sample(randomAlter('t'), { seed, numRuns: 400 });
    const run: string[] = [];
    try {
      await session.query(`DROP DATABASE IF EXISTS ${database}`);
      const { file, position } = await session.currentPosition();
      await session.query("SET SESSION sql_mode = ''");
      await session.query(`CREATE DATABASE ${database} CHARACTER SET latin1`);
      await session.query(`USE ${database}`);
      await session.query('CREATE TABLE t (id INT, c1 INT, c2 VARCHAR(9), PRIMARY KEY (id))');
      for (const [index, statement] of statements.entries()) {
        const done = await session.query(statement).then(
          () => true,
          () => false,
        );
        if (!done) continue;
        run.push(`t${index}: ${statement}`);
        // each state of the table stays, under a name of its own
        await session.query(`CREATE TABLE t${index} LIKE t`);
      }
      expect(run.length).toBeGreaterThan(10);
      const catalog = await catalogSince(address, session, file, position);
      await expectSame(session, database, catalog);
    } catch (error) {
      throw new Error(`seed ${seed}:\n${run.join(';\n')}`, { cause: error });
    } finally {
      await session.query(`DROP DATABASE IF EXISTS ${database}`);
      await session.end();
    }
  });
});
