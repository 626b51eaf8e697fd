import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunningServers, ServerName } from '../../infra/local/provider.ts';
import { startServers } from '../../infra/local/servers.ts';
import { Galaxy, Playground } from '../support/playground.ts';

let servers: RunningServers;
let galaxy: Galaxy;
let playground: Playground;

/** Servers of this file alone, with MySQL's own default of binlog_row_metadata: they are restarted and killed. */
beforeAll(async () => {
  const own = /^GALAXY_(MYSQL|MARIADB|KAFKA|DYNAMODB)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  servers = await startServers({ mysql: 'default', kafka: true }, { env, log: () => {} });
});
afterAll(() => servers.stop());

const mysqlName = (): ServerName => Object.keys(servers.addresses.mysql)[0] as ServerName;

beforeEach(async () => {
  const mysql = Object.values(servers.addresses.mysql)[0];
  const { kafka } = servers.addresses;
  if (mysql === undefined || kafka === null) throw new Error('No MySQL or no Kafka was started');
  galaxy = await Galaxy.up();
  playground = await Playground.open(galaxy.api, mysql, { kafka });
  await playground.post();
  playground.writer.start(1_000);
  await more(500);
});

afterEach(async () => {
  await playground.close();
  await galaxy.down();
});

async function more(count: number): Promise<void> {
  const wanted = playground.reader.messages.length + count;
  const came = await playground.reader.until((messages) => messages.length >= wanted, 120_000);
  expect(came, `${count} more messages`).toBe(true);
}

async function endsWell(): Promise<void> {
  await more(500);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  await galaxy.api.waitForState(playground.taskId, 'running');
}

test('a restart of MySQL in the middle of writes loses no row', async () => {
  await servers.restart(mysqlName());
  await endsWell();
});

test('a killed MySQL that recovers loses no row', async () => {
  await servers.kill(mysqlName());
  await servers.start(mysqlName());
  await endsWell();
});

test('a restart of Kafka in the middle of writes loses no row', async () => {
  await servers.restart('kafka');
  await endsWell();
});

test('a Kafka that is killed and stays away for a while loses no row', async () => {
  await servers.kill('kafka');
  const written = playground.writer.written.length;
  await playground.reader.until(() => playground.writer.written.length > written + 5_000, 60_000);
  await servers.start('kafka');
  await endsWell();
});
