import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers, testServers } from '../support/servers.ts';

let galaxy: Galaxy;
let playground: Playground;

const EXACTLY_ONCE = {
  kafka_conf: { enable_sasl: false, brokers: testServers().kafka?.brokers, delivery: 'exactly_once' },
};

beforeEach(async () => {
  galaxy = await Galaxy.up();
  const address = (mysqlServers().find(({ name }) => name === 'mysql97') ?? mysqlServers()[0])?.address;
  if (address === undefined) throw new Error('The tests have no MySQL');
  playground = await Playground.open(galaxy.api, address);
});

afterEach(async () => {
  await playground.close();
  await galaxy.down();
});

/** Waits until so many more messages have come to a reader of committed ones. */
async function more(count: number): Promise<void> {
  const wanted = playground.reader.messages.length + count;
  const came = await playground.reader.until((messages) => messages.length >= wanted, 120_000);
  expect(came, `${count} more messages`).toBe(true);
}

async function killRunners(): Promise<void> {
  let runners: number[] = [];
  for (const deadline = Date.now() + 60_000; runners.length === 0 && Date.now() < deadline; await sleep(20)) {
    runners = await galaxy.runners();
  }
  expect(runners.length).toBeGreaterThan(0);
  for (const pid of runners) process.kill(pid, 'SIGKILL');
}

test('runners that are killed in the middle of writes bring every row exactly once', async () => {
  await playground.post(EXACTLY_ONCE);
  playground.writer.start(1_000);
  const kills = Number(process.env.GALAXY_TEST_KILLS ?? 4);
  for (let kill = 0; kill < kills; kill += 1) {
    await more(200 + 37 * (kill % 7));
    await sleep(kill % 5);
    await killRunners();
  }
  await more(300);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  expect(playground.repeats).toBe(0);
}, 1_800_000);

test('a killed runner leaves no part of a transaction of the source to be seen, and the next one brings it whole', async () => {
  await playground.post(EXACTLY_ONCE);
  const { database } = playground;
  // 20,000 rows of one transaction: several batches
  const rows = Array.from({ length: 20_000 }, (_, index) => `(${index + 1_000_000}, ${index})`).join(',');
  await playground.sql(`INSERT INTO ${database}.orders (id, seq) VALUES ${rows}`);
  await sleep(150);
  await killRunners();
  const ids = (): number[] =>
    playground.reader.messages.map(({ key }) => (JSON.parse(key) as { id: number }).id);
  const came = await playground.reader.until((messages) => messages.length >= 20_000, 120_000);
  expect(came, `${ids().length} messages`).toBe(true);
  expect(new Set(ids()).size).toBe(20_000);
  expect(playground.reader.messages.length).toBe(20_000);
});

test('stop and recovery_v1 under load go on exactly where the last transaction ended', async () => {
  await playground.post(EXACTLY_ONCE);
  playground.writer.start(1_000);
  for (let round = 0; round < 2; round += 1) {
    await more(300);
    await playground.stop();
    await playground.resume('recovery_v1');
  }
  await more(300);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  expect(playground.repeats).toBe(0);
});
