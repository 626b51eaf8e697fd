import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { CdcError } from '../../../core/errors.ts';
import type { MysqlName } from '../../../infra/local/addresses.ts';
import { type LiveMessage, LiveStream, sessionOf } from '../../support/live-stream.ts';
import { caughtUp, follow, type OwnServer, ownServer, promote } from '../../support/replication.ts';

const FILTER = { databases: ['shop'], tables: [], exclude: [] };
const TABLE = ['CREATE DATABASE shop', 'CREATE TABLE shop.orders (id INT PRIMARY KEY, server INT DEFAULT 0)'];
const idOf = (message: LiveMessage): number => Number(message.after?.id);
const holds = (ids: readonly number[]) => (messages: readonly LiveMessage[]) => {
  const seen = new Set(messages.map(idOf));
  return ids.every((id) => seen.has(id));
};

const servers: OwnServer[] = [];
const streams: LiveStream[] = [];
async function start(name: MysqlName, options: readonly string[] = []): Promise<OwnServer> {
  const server = await ownServer(name, options);
  servers.push(server);
  return server;
}
function stream(options: ConstructorParameters<typeof LiveStream>[0]): LiveStream {
  const live = new LiveStream(options);
  streams.push(live);
  return live;
}
afterEach(async () => {
  await Promise.all(streams.splice(0).map((live) => live.stop()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** Inserts rows with growing ids until told to stop; gives the ids that were committed. */
async function load(server: OwnServer, from: number, signal: AbortSignal): Promise<number[]> {
  const session = await sessionOf(server.address);
  const committed: number[] = [];
  try {
    for (let id = from; !signal.aborted; id += 1) {
      await session.query(`INSERT INTO shop.orders (id) VALUES (${id})`);
      committed.push(id);
    }
  } catch {
    // the server was killed
  }
  session.destroy();
  return committed;
}

async function idsIn(server: OwnServer): Promise<number[]> {
  const session = await sessionOf(server.address);
  const rows = await session.query('SELECT id FROM shop.orders ORDER BY id');
  await session.end();
  return rows.map((row) => Number(row.id));
}

const KILLED = [
  ['mysql97', []],
  ['mariadb', ['--log-slave-updates=ON', '--gtid-strict-mode=ON']],
] as const;

test.each(KILLED)(
  'a %s that is killed under load is left for its replica, and no row of that is missing',
  async (name, options) => {
    const [primary, replica] = await Promise.all([start(name, options), start(name, options)]);
    await follow(replica, primary);
    await primary.sql(...TABLE);
    await caughtUp(replica, primary);
    const live = await stream({ servers: [primary.address, replica.address], filter: FILTER }).connected();
    const writing = new AbortController();
    const before = load(primary, 1, writing.signal);
    await live.until((messages) => messages.length > 300);
    await primary.kill();
    writing.abort();
    await before;
    await promote(replica);
    const after = [1_000_001, 1_000_002, 1_000_003];
    for (const id of after) await replica.sql(`INSERT INTO shop.orders (id, server) VALUES (${id}, 2)`);
    await live.until(holds(await idsIn(replica)), 60_000);
    expect(live.connections.at(-1)?.serverUuid).not.toBe(live.connections[0]?.serverUuid);
    // per row at least once, and from each server in order of its commits
    const ids = live.messages.map(idOf);
    expect([...new Set(ids)]).toEqual([...new Set(ids)].sort((a, b) => a - b));
  },
  240_000,
);

test('a MariaDB primary with two domains is left for its replica, by GTID', async () => {
  const options = ['--log-slave-updates=ON', '--gtid-strict-mode=ON'];
  const [primary, replica] = await Promise.all([start('mariadb', options), start('mariadb', options)]);
  await follow(replica, primary);
  await primary.sql(...TABLE, 'SET SESSION gtid_domain_id = 7', 'INSERT INTO shop.orders (id) VALUES (1)');
  const live = await stream({ servers: [primary.address, replica.address], filter: FILTER }).connected();
  await primary.sql('INSERT INTO shop.orders (id) VALUES (2)');
  await primary.sql('SET SESSION gtid_domain_id = 7', 'INSERT INTO shop.orders (id) VALUES (3)');
  await live.until(holds([2, 3]));
  await caughtUp(replica, primary);
  await primary.kill();
  await promote(replica);
  await replica.sql('INSERT INTO shop.orders (id) VALUES (4)');
  await replica.sql('SET SESSION gtid_domain_id = 7', 'INSERT INTO shop.orders (id) VALUES (5)');
  await live.until(holds([4, 5]), 60_000);
  expect(live.messages.map(idOf)).toEqual([2, 3, 4, 5]);
  expect(live.checkpoint?.gtids?.toString()).toMatch(/^0-\d+-\d+,7-\d+-\d+$/);
}, 240_000);

describe('a server that is not the one that was read', () => {
  test('without GTIDs is refused, though its files have the same names', async () => {
    const options = ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'];
    const [one, other] = await Promise.all([start('mysql97', options), start('mysql97', options)]);
    await one.sql(...TABLE);
    const first = await stream({ servers: [one.address], filter: FILTER }).connected();
    await one.sql('INSERT INTO shop.orders (id) VALUES (1)');
    await first.until(holds([1]));
    const from = await first.stop();
    await other.sql(...TABLE, 'INSERT INTO shop.orders (id) VALUES (2)');
    const second = stream({ servers: [other.address], filter: FILTER, from });
    const beganMs = Date.now();
    expect(await second.ended).toMatchObject({ code: 'CDC_SERVER_CHANGED', retryable: false });
    expect(Date.now() - beganMs).toBeLessThan(10_000);
    expect(second.messages).toEqual([]);
  }, 240_000);

  test('without GTIDs is refused, though it has the same uuid: its binlog was reset', async () => {
    const server = await start('mysql97', ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF']);
    await server.sql(...TABLE);
    const first = await stream({ servers: [server.address], filter: FILTER }).connected();
    await server.sql('INSERT INTO shop.orders (id) VALUES (1)');
    await first.until(holds([1]));
    const from = await first.stop();
    await sleep(1_100);
    await server.sql('RESET BINARY LOGS AND GTIDS');
    for (let id = 2; id < 9; id += 1) await server.sql(`INSERT INTO shop.orders (id) VALUES (${id})`);
    const second = stream({ servers: [server.address], filter: FILTER, from });
    expect(await second.ended).toMatchObject({ code: 'CDC_SERVER_CHANGED', retryable: false });
    expect(second.messages).toEqual([]);
  }, 240_000);

  test('and lacks transactions that were read is refused, also on MariaDB', async () => {
    for (const name of ['mysql97', 'mariadb'] as const) {
      const [one, remade] = await Promise.all([start(name), start(name)]);
      await one.sql(...TABLE);
      const first = await stream({ servers: [one.address], filter: FILTER }).connected();
      await one.sql('INSERT INTO shop.orders (id) VALUES (1)');
      await first.until(holds([1]));
      const from = await first.stop();
      await remade.sql(...TABLE, 'INSERT INTO shop.orders (id) VALUES (2)');
      const second = stream({ servers: [remade.address], filter: FILTER, from });
      const error = await second.ended;
      expect(error, name).toBeInstanceOf(CdcError);
      expect(error, name).toMatchObject({ code: 'CDC_SERVER_CHANGED' });
      expect(second.checkpoint?.gtids?.toString() ?? null).toBeNull();
    }
  }, 240_000);

  test('but a replica that lags is waited for', async () => {
    const [primary, replica] = await Promise.all([start('mysql97'), start('mysql97')]);
    await primary.sql(...TABLE);
    await follow(replica, primary);
    await caughtUp(replica, primary);
    await replica.sql('STOP REPLICA SQL_THREAD');
    const live = await stream({ servers: [primary.address, replica.address], filter: FILTER }).connected();
    await primary.sql('INSERT INTO shop.orders (id) VALUES (1)');
    await live.until(holds([1]));
    await sleep(1_000);
    await primary.kill();
    await live.until(
      () => live.retries.some((error) => error.message.includes('has not yet applied')),
      60_000,
    );
    await replica.sql('START REPLICA SQL_THREAD', 'INSERT INTO shop.orders (id) VALUES (2)');
    await live.until(holds([2]), 60_000);
    expect(live.messages.map(idOf)).toEqual([1, 2]);
  }, 240_000);
});
