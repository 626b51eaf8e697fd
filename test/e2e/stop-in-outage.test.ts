import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { POSITIONS_TOPIC } from '../../runner/sinks/kafka/positions.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers, testServers } from '../support/servers.ts';

let galaxy: Galaxy;
let playground: Playground;
let proxy: FaultProxy;
let admin: Admin;

beforeEach(async () => {
  galaxy = await Galaxy.up();
  const address = (mysqlServers().find(({ name }) => name === 'mysql97') ?? mysqlServers()[0])?.address;
  const { kafka } = testServers();
  if (address === undefined || kafka === null) throw new Error('The tests have no MySQL or no Kafka');
  const [host = '', port = ''] = (kafka.brokers[0] ?? '').split(':');
  proxy = await FaultProxy.before({ host, port: Number(port) }, { rewrite: true });
  admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  playground = await Playground.open(galaxy.api, address, { tables: ['orders'] });
  await playground.post({
    kafka_conf: { enable_sasl: false, brokers: [`127.0.0.1:${proxy.port}`], delivery: 'exactly_once' },
  });
});

afterEach(async () => {
  proxy.heal();
  await playground.close();
  await admin.disconnect();
  await galaxy.down();
  await proxy.close();
});

async function more(count: number): Promise<void> {
  const wanted = playground.reader.messages.length + count;
  expect(await playground.reader.until((messages) => messages.length >= wanted, 90_000)).toBe(true);
}

test('a task stops while its brokers do not answer, in the middle of a transaction, and goes on without loss', async () => {
  playground.writer.start(500);
  await more(200);
  proxy.hold();
  // more than may be in flight: the source waits for the sink
  const row = "REPEAT('x', 200)";
  const rows = `WITH RECURSIVE n (i) AS (SELECT 1000001 UNION ALL SELECT i + 1 FROM n WHERE i < 1060000)`;
  await playground.sql(
    `INSERT INTO ${playground.database}.orders ${rows} SELECT i, i, ${row} FROM n`,
    'SET SESSION cte_max_recursion_depth = 100000',
  );
  await playground.stop();
  expect(proxy.holds).toBe(true);
  await playground.writer.stop();
  proxy.heal();
  await playground.resume('recovery_v1');
  const wanted = playground.writer.written.length + 60_000;
  const came = await playground.reader.until((messages) => messages.length >= wanted, 90_000);
  expect(came, `${playground.reader.messages.length} of ${wanted}`).toBe(true);
  expect(playground.repeats).toBe(0);
  expect(playground.reader.messages.length).toBe(wanted);
});

test('the position is found again when partitions were added to its topic', async () => {
  playground.writer.start(500);
  await more(200);
  const before = await admin.fetchTopicMetadata({ topics: [POSITIONS_TOPIC] });
  const count = (before.topics[0]?.partitions.length ?? 0) + 3;
  await admin.createPartitions({ topicPartitions: [{ topic: POSITIONS_TOPIC, count }] });
  for (const pid of await galaxy.runners()) process.kill(pid, 'SIGKILL');
  await more(300);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  expect(playground.repeats).toBe(0);
});

test('a topic that is deleted under a task is made anew, and the task goes on', async () => {
  const topic = playground.topic('orders');
  await playground.writer.transaction();
  await more(1);
  await playground.reader.close();
  await admin.deleteTopics({ topics: [topic] });
  await playground.writer.transaction();
  const isThere = async (): Promise<boolean> => {
    if (!(await admin.listTopics()).includes(topic)) return false;
    const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
    return offsets.some(({ high }) => Number(high) > 0);
  };
  await expect.poll(isThere, { timeout: 90_000, interval: 200 }).toBe(true);
  await galaxy.api.waitForState(playground.taskId, 'running');
});
