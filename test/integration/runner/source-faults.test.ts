import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forecastPurge } from '../../../core/mysql/purge-forecast.ts';
import { type LiveMessage, LiveStream, sessionOf } from '../../support/live-stream.ts';
import { type OwnServer, ownServer } from '../../support/replication.ts';
import { mysqlServers } from '../../support/servers.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { waitFor } from '../../support/wait-for.ts';

const streams: LiveStream[] = [];
afterEach(async () => {
  await Promise.all(streams.splice(0).map((live) => live.stop()));
});

function stream(options: ConstructorParameters<typeof LiveStream>[0]): LiveStream {
  const live = new LiveStream(options);
  streams.push(live);
  return live;
}

const ids = (live: LiveStream): number[] => live.messages.map((message) => Number(message.after?.id));
const has = (id: number) => (messages: readonly LiveMessage[]) =>
  messages.some((message) => message.after?.id === id);

/** Servers whose logs are purged. */
const OWN = [
  ['mysql97 with GTIDs', 'mysql97', []],
  ['mysql97 without GTIDs', 'mysql97', ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF']],
  ['mariadb', 'mariadb', []],
] as const;

describe.each(OWN)('on a %s of its own', (what, name, options) => {
  let server: OwnServer;
  const filter = { databases: ['shop'], tables: ['orders'], exclude: [] };
  const rotations = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) {
      await server.sql(`INSERT INTO shop.other (id) VALUES (NULL)`, 'FLUSH BINARY LOGS');
    }
  };
  const newestFile = async (): Promise<string> => {
    const session = await sessionOf(server.address);
    const { file } = await session.currentPosition();
    await session.end();
    return file;
  };

  /** MariaDB keeps a file until its storage engines have let go of it. */
  const purgeTo = async (file: string): Promise<void> => {
    const session = await sessionOf(server.address);
    await waitFor(async () => {
      await session.query(`PURGE BINARY LOGS TO '${file}'`);
      const [oldest] = await session.binlogFiles();
      return oldest?.file === file;
    });
    await session.end();
  };

  beforeAll(async () => {
    server = await ownServer(name, options);
    await server.sql(
      'CREATE DATABASE shop',
      'CREATE TABLE shop.orders (id INT PRIMARY KEY)',
      'CREATE TABLE shop.other (id INT PRIMARY KEY AUTO_INCREMENT)',
    );
  });
  afterAll(() => server.stop());

  // the first one: where the new log has another file name the dump itself ends, as for a purge
  test('a log that is reset under a running stream ends it, which no server tells', async () => {
    const live = await stream({ servers: [server.address], filter, heartbeatMs: 300 }).connected();
    await server.sql('INSERT INTO shop.orders VALUES (4)');
    await live.until(has(4));
    // the watch has seen where the log stood
    await waitFor(async () => live.lagMs === 0);
    await sleep(1_000);
    await server.sql(name === 'mariadb' ? 'RESET MASTER' : 'RESET BINARY LOGS AND GTIDS');
    expect(await live.ended).toMatchObject({ code: 'CDC_SERVER_CHANGED', retryable: false });
    expect(ids(live)).toEqual([4]);
  });

  test('the checkpoint follows foreign transactions and rotations, so that a purge takes nothing away', async () => {
    const live = await stream({ servers: [server.address], filter, heartbeatMs: 200 }).connected();
    await rotations(4);
    const newest = await newestFile();
    await waitFor(async () => live.checkpoint?.file === newest && live.lagMs === 0);
    const from = await live.stop();
    await purgeTo(newest);
    const next = await stream({ servers: [server.address], filter, from }).connected();
    await server.sql('INSERT INTO shop.orders VALUES (1)');
    await next.until(has(1));
    expect(ids(next)).toEqual([1]);
  });

  test('how long a file is kept is known before it is purged', async () => {
    const session = await sessionOf(server.address);
    await session.query(
      `SET GLOBAL ${name === 'mariadb' ? 'expire_logs_days = 1' : 'binlog_expire_logs_seconds = 86400'}`,
    );
    await rotations(2);
    const facts = await session.facts();
    const [oldest] = await session.binlogFiles();
    const reader = { session, facts, target: session.target };
    const kept = await forecastPurge(reader, oldest?.file ?? '');
    expect(kept?.retentionMs).toBe(86_400_000);
    expect(kept?.inMs).toBeGreaterThan(86_400_000 - 600_000);
    expect(kept?.inMs).toBeLessThanOrEqual(86_400_000);
    expect(await forecastPurge(reader, await newestFile())).toBeNull();
    await session.end();
  });

  test('what is purged is told with what is missing, and nothing moves', async () => {
    const live = await stream({ servers: [server.address], filter }).connected();
    await server.sql('INSERT INTO shop.orders VALUES (2)');
    await live.until(has(2));
    const from = await live.stop();
    await server.sql('INSERT INTO shop.orders VALUES (3)');
    await rotations(2);
    const newest = await newestFile();
    await purgeTo(newest);
    const next = stream({ servers: [server.address], filter, from });
    const error = await next.ended;
    expect(error).toMatchObject({ code: 'CDC_BINLOG_PURGED', retryable: false });
    expect(String(error)).toContain(newest);
    expect(String(error)).toMatch(
      what.includes('without') ? /is deleted/ : /has deleted the transactions .*[:-]\d/,
    );
    expect(error).toMatchObject({ hint: expect.stringContaining('recovery_v2') });
    expect(next.messages).toEqual([]);
    expect(next.checkpoint).toBeNull();
  });
});

describe.each(mysqlServers())('on $name', ({ address }) => {
  let counter = 0;
  async function table(): Promise<{
    name: string;
    filter: ConstructorParameters<typeof LiveStream>[0]['filter'];
  }> {
    counter += 1;
    const database = `src_faults_${process.pid}_${counter}`;
    const session = await sessionOf(address);
    await session.query(`DROP DATABASE IF EXISTS ${database}`);
    await session.query(`CREATE DATABASE ${database}`);
    await session.query(`CREATE TABLE ${database}.t (id INT PRIMARY KEY)`);
    await session.end();
    return { name: `${database}.t`, filter: { databases: [database], tables: [], exclude: [] } };
  }
  const insert = async (name: string, id: number, format = 'ROW'): Promise<void> => {
    const session = await sessionOf(address);
    await session.query(`SET SESSION binlog_format = ${format}`);
    await session.query(`INSERT INTO ${name} VALUES (${id})`);
    await session.end();
  };

  test('a stream whose server id is taken by another replica ends with a code of its own', async () => {
    const { filter } = await table();
    const serverId = 3_000_000_000 + Math.floor(Math.random() * 1_000_000);
    const first = await stream({ servers: [address], filter, serverId }).connected();
    await stream({ servers: [address], filter, serverId }).connected();
    expect(await first.ended).toMatchObject({ code: 'CDC_SERVER_ID_TAKEN' });
  });

  test('a write in statement format is told, and may end the stream by name', async () => {
    const { name, filter } = await table();
    let told = 0;
    const live = await stream({ servers: [address], filter, onStatement: () => (told += 1) }).connected();
    await insert(name, 1, 'STATEMENT');
    await insert(name, 2);
    await live.until(has(2));
    expect(ids(live)).toEqual([2]);
    expect(told).toBe(1);
  });

  test('a connection that a network has swallowed is found dead, and no row is lost', async () => {
    const { name, filter } = await table();
    const proxy = await TcpProxy.before(address);
    try {
      const live = await stream({ servers: [proxy.address], filter, heartbeatMs: 500 }).connected();
      await insert(name, 1);
      await live.until(has(1));
      proxy.blackHole();
      await insert(name, 2);
      await live.until(has(2));
      expect(live.retries.map(({ code }) => code)).toEqual(['CDC_SOURCE_DISCONNECTED']);
      expect(live.retries[0]?.message).toContain('not even a heartbeat');
      expect(ids(live)).toEqual([1, 2]);
    } finally {
      await proxy.close();
    }
  });
});
