import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { stream } from '../../../../cli/stream.ts';
import { connectMysql, type MysqlSession } from '../../../../core/mysql/session.ts';
import { type MysqlAddress, type MysqlName, mysqlServers } from '../../../support/servers.ts';

/** What `galaxy stream` of one table gives from a place on, or the error that it ends with. */
async function streamed(address: MysqlAddress, database: string, table: string, start: string) {
  let text = '';
  const collect = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  const source = `mysql://${address.user}:${encodeURIComponent(address.password)}@${address.host}:${address.port}`;
  const io = { stdout: collect, stderr: nothing, env: {}, signal: new AbortController().signal };
  const args = [
    '--source',
    source,
    '--database',
    database,
    '--tables',
    table,
    '--start',
    start,
    '--until',
    'now',
    '--no-ddl',
  ];
  await stream(args, io);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { after: unknown }).after);
}

/** The session's writes carry no column names. 5.7 never writes them; elsewhere it is a global setting. */
async function withMinimalMetadata(
  name: MysqlName,
  address: MysqlAddress,
  work: (session: MysqlSession, start: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const { host, port, user, password } = address;
  const session = await connectMysql({ host, port, user, password, tls: { kind: 'off' } });
  const set = async (value: string): Promise<void> => {
    if (name !== 'mysql57') await session.query(`SET GLOBAL binlog_row_metadata = ${value}`);
  };
  await set('MINIMAL');
  try {
    await work(session, async () => {
      const { file, position } = await session.currentPosition();
      return `${file}:${position}`;
    });
  } finally {
    await set('FULL');
    await session.end();
  }
}

describe.each(mysqlServers())('rows whose log does not name columns, on $name', ({ name, address }) => {
  test('two columns of one type that swap their names are never mistaken for each other', async () => {
    await withMinimalMetadata(name, address, async (session, start) => {
      const database = 'minimal_swap';
      await session.query(`DROP DATABASE IF EXISTS ${database}`);
      await session.query(`CREATE DATABASE ${database}`);
      await session.query(`CREATE TABLE ${database}.t (id INT PRIMARY KEY, a INT, b INT)`);
      const before = await start();
      await session.query(`INSERT INTO ${database}.t VALUES (1, 10, 20)`);
      await session.query(`ALTER TABLE ${database}.t CHANGE a b INT, CHANGE b a INT`);
      const after = await start();
      await session.query(`INSERT INTO ${database}.t VALUES (2, 10, 20)`);
      await expect(streamed(address, database, 't', before)).rejects.toMatchObject({
        code: 'CDC_SCHEMA_UNKNOWN',
      });
      expect(await streamed(address, database, 't', after)).toEqual([{ id: 2, b: 10, a: 20 }]);
    });
  });

  test('an index that is added meanwhile, and changes of other tables, stop nothing', async () => {
    await withMinimalMetadata(name, address, async (session, start) => {
      const database = 'minimal_index';
      await session.query(`DROP DATABASE IF EXISTS ${database}`);
      await session.query(`CREATE DATABASE ${database}`);
      await session.query(`CREATE TABLE ${database}.t (id INT PRIMARY KEY, a INT UNSIGNED)`);
      const before = await start();
      await session.query(`INSERT INTO ${database}.t VALUES (1, 4294967295)`);
      await session.query(`ALTER TABLE ${database}.t ADD INDEX by_a (a)`);
      await session.query(`CREATE TABLE ${database}.other (id INT)`);
      await session.query(`DROP TABLE ${database}.other`);
      await session.query(`INSERT INTO ${database}.t VALUES (2, 0)`);
      expect(await streamed(address, database, 't', before)).toEqual([
        { id: 1, a: 4_294_967_295 },
        { id: 2, a: 0 },
      ]);
    });
  });
});
