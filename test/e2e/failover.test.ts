import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { sessionOf } from '../support/live-stream.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { caughtUp, follow, type OwnServer, ownServer, promote } from '../support/replication.ts';
import { testServers } from '../support/servers.ts';

let galaxy: Galaxy;
let primary: OwnServer;
let replica: OwnServer;
let playground: Playground;

beforeAll(async () => {
  galaxy = await Galaxy.up();
});
afterAll(() => galaxy.down());

beforeEach(async () => {
  [primary, replica] = await Promise.all([ownServer('mysql97'), ownServer('mysql97')]);
  await follow(replica, primary);
  playground = await Playground.open(galaxy.api, primary.address, { tables: ['orders'] });
  await caughtUp(replica, primary);
});
afterEach(async () => {
  await playground.close().catch(() => {});
  await Promise.all([primary.stop(), replica.stop()]);
});

const table = (): string => `${playground.database}.orders`;
const insert = (server: OwnServer, id: number): Promise<void> =>
  server.sql(`INSERT INTO ${table()} (id, seq) VALUES (${id}, ${id})`);

/** Inserts rows as fast as it goes until the server is gone. */
async function load(server: OwnServer): Promise<void> {
  const session = await sessionOf(server.address);
  try {
    for (let id = 1; ; id += 1) await session.query(`INSERT INTO ${table()} (id, seq) VALUES (${id}, ${id})`);
  } catch {
    session.destroy();
  }
}

async function delivered(server: OwnServer): Promise<boolean> {
  const session = await sessionOf(server.address);
  const rows = await session.query(`SELECT id FROM ${table()}`);
  await session.end();
  return await playground.reader.until((messages) => {
    const seen = new Set(messages.map(({ value }) => value.after?.id));
    return rows.every(({ id }) => seen.has(Number(id)));
  }, 90_000);
}

async function history(): Promise<{ kind: string; message: string }[]> {
  const { data } = await galaxy.api.get(`/v1/task/${playground.taskId}/history`);
  return (data as { entries: { kind: string; message: string }[] }).entries;
}

test.each(['at_least_once', 'exactly_once'] as const)(
  'a task with two servers goes on at the replica when the primary is killed under load, %s',
  async (delivery) => {
    const { host, port, user, password } = primary.address;
    const other = `${replica.address.host}:${replica.address.port}`;
    await playground.post({
      mysql_config: { user, password, hosts: [`${host}:${port}`, other] },
      kafka_conf: { enable_sasl: false, brokers: testServers().kafka?.brokers, delivery },
    });
    const loading = load(primary);
    expect(await playground.reader.until((messages) => messages.length > 500, 60_000)).toBe(true);
    await primary.kill();
    // The next one has only what is stored to go on from, at a server whose files and positions are others.
    for (const pid of await galaxy.runners()) process.kill(pid, 'SIGKILL');
    await loading;
    await promote(replica);
    for (const id of [1_000_001, 1_000_002]) await insert(replica, id);
    expect(await delivered(replica)).toBe(true);
    await galaxy.api.waitForState(playground.taskId, 'running');
    expect((await history()).filter(({ kind }) => kind === 'server_changed')).toHaveLength(1);
    if (delivery === 'at_least_once') return;
    // Message ids are those of one server: the rows tell.
    const ids = playground.reader.messages.map(({ value }) => value.after?.id);
    expect(ids.length).toBe(new Set(ids).size);
  },
);

test('a task with one server is moved to the replica by update_task, and goes on from its checkpoint', async () => {
  await playground.post();
  await insert(primary, 1);
  expect(await delivered(primary)).toBe(true);
  await caughtUp(replica, primary);
  await primary.kill();
  await promote(replica);
  await insert(replica, 2);
  const { host, port } = replica.address;
  const update = { task_id: playground.taskId, mysql_config: { host, port } };
  await galaxy.api.mustPost('/v1/update_task', update);
  expect(await delivered(replica)).toBe(true);
  const ids = playground.reader.messages.map(({ value }) => value.after?.id);
  expect(ids).toEqual([1, 2]);
  const kinds = (await history()).map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['source_changed', 'server_changed']));
});

test('a task whose position is purged fails with what is missing, and goes on at the latest by recovery_v2', async () => {
  await playground.post();
  await insert(primary, 1);
  expect(await delivered(primary)).toBe(true);
  await playground.stop();
  await insert(primary, 2);
  await primary.sql(
    'FLUSH BINARY LOGS',
    `INSERT INTO ${table()} (id, seq) VALUES (3, 3)`,
    'FLUSH BINARY LOGS',
  );
  const session = await sessionOf(primary.address);
  const { file } = await session.currentPosition();
  await session.query(`PURGE BINARY LOGS TO '${file}'`);
  await session.end();
  const { taskId } = playground;
  await galaxy.api.mustPost('/v1/stop_task', { task_id: taskId, stop_type: 'recovery_v1' });
  await galaxy.api.waitForState(taskId, 'failed');
  const { data } = await galaxy.api.get(`/v1/task/${taskId}`);
  expect(data).toMatchObject({
    error: { code: 'CDC_BINLOG_PURGED', hint: expect.stringContaining('recovery_v2') },
    error_msg: expect.stringContaining(file),
    rows: 1,
  });
  await playground.resume('recovery_v2');
  await insert(primary, 4);
  const came = await playground.reader.until(
    (messages) => messages.some(({ value }) => value.after?.id === 4),
    60_000,
  );
  expect(came).toBe(true);
  expect(playground.reader.messages.map(({ value }) => value.after?.id)).toEqual([1, 4]);
});
