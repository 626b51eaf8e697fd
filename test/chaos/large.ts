/**
 * Transactions that are larger than memory should be: one of many rows, one of large rows; the runner is killed in the
 * middle of each.
 *
 *   node test/chaos/large.ts [--rows 2000000] [--mebibytes 64] [--large-rows 8] [--delivery exactly_once]
 *
 * Prints what came of each row and the most memory that a runner had. Ends with 1 where a row is missing, comes twice
 * (exactly once), or a runner had more than 512 MiB.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { setup } from '../support/global-setup.ts';
import { ensureTopics } from '../support/kafka-topics.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers, testServers } from '../support/servers.ts';
import { runnersOf } from './faults.ts';
import { watchMemory } from './memory.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    mebibytes: { type: 'string', default: '64' },
    'large-rows': { type: 'string', default: '8' },
    delivery: { type: 'string', default: 'exactly_once' },
    server: { type: 'string', default: 'mysql97' },
  },
});

const RSS_MAX_BYTES = 512 * 1024 ** 2;
const MIB = 1024 ** 2;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Counts how often each id of a topic came, for a reader of committed messages. */
class Counter {
  readonly counts: Uint8Array;
  came = 0;
  readonly #kafka: Kafka;

  constructor(brokers: readonly string[], ids: number) {
    this.counts = new Uint8Array(ids + 1);
    this.#kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  }

  async read(topic: string): Promise<() => Promise<void>> {
    const consumer = this.#kafka.consumer({
      groupId: `large-${randomBytes(4).toString('hex')}`,
      maxBytesPerPartition: 100 * MIB,
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        const { id } = JSON.parse(message.key?.toString() ?? '{}') as { id: number };
        this.counts[id] = (this.counts[id] ?? 0) + 1;
        this.came += 1;
      },
    });
    return () => consumer.disconnect();
  }
}

/** One transaction of `rows` rows; the runner is killed as soon as it is under way. */
async function round(
  name: string,
  rows: number,
  insert: (playground: Playground) => Promise<void>,
): Promise<boolean> {
  const kafka = testServers().kafka;
  const mysql = mysqlServers().find((server) => server.name === values.server)?.address;
  if (kafka === null || mysql === undefined) throw new Error('needs Kafka and the server');
  const galaxy = await Galaxy.up();
  const playground = await Playground.open(galaxy.api, mysql, { tables: ['orders'] });
  const memory = watchMemory(galaxy);
  try {
    await playground.sql(`ALTER TABLE ${playground.database}.orders MODIFY text LONGTEXT`);
    const topic = playground.topic('orders');
    const configs = { 'max.message.bytes': String(200 * MIB) };
    await ensureTopics({ brokers: kafka.brokers, sasl: null, tls: null, clientId: 'large' }, [
      { topic, partitions: 3, configs },
    ]);
    await playground.post({
      kafka_conf: {
        enable_sasl: false,
        brokers: kafka.brokers,
        delivery: values.delivery,
        compression: process.env.LZ ?? 'lz4',
        max_message_bytes: 150 * MIB,
      },
    });
    const counter = new Counter(kafka.brokers, rows);
    const stopReading = await counter.read(topic);
    const startedAtMs = performance.now();
    await insert(playground);
    const committedMs = performance.now() - startedAtMs;
    await sleep(700);
    for (const pid of await runnersOf(galaxy)) process.kill(pid, 'SIGKILL');
    for (const endMs = Date.now() + 600_000; counter.came < rows && Date.now() < endMs; ) await sleep(100);
    const seconds = ((performance.now() - startedAtMs - committedMs) / 1000).toFixed(1);
    await sleep(2_000);
    await stopReading();
    const ids = counter.counts.subarray(1);
    const missing = ids.filter((count) => count === 0).length;
    const twice = ids.filter((count) => count > 1).length;
    const rss = memory.stop();
    say(
      `${name}: ${rows} rows, ${missing} missing, ${twice} more than once, ${seconds} s after the commit, ` +
        `${Math.round(rss / MIB)} MiB at most`,
    );
    return missing === 0 && (twice === 0 || values.delivery !== 'exactly_once') && rss <= RSS_MAX_BYTES;
  } finally {
    memory.stop();
    await playground.close();
    await galaxy.down();
  }
}

const rows = Number(values.rows);
const largeRows = Number(values['large-rows']);
const bytes = Number(values.mebibytes) * MIB;
const stop = await setup();
let good = true;
try {
  good = await round(`one transaction of ${rows} rows`, rows, async (playground) => {
    const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
    await playground.sql(
      `INSERT INTO ${playground.database}.orders ${numbers} SELECT i, i, CONCAT('row ', i) FROM n`,
      `SET SESSION cte_max_recursion_depth = ${rows + 1}`,
    );
  });
  const large = await round(
    `one transaction of ${values.mebibytes} MiB rows`,
    largeRows,
    async (playground) => {
      const selects = Array.from(
        { length: largeRows },
        (_, index) => `SELECT ${index + 1}, 1, REPEAT('x', ${bytes})`,
      );
      await playground.sql(`INSERT INTO ${playground.database}.orders ${selects.join(' UNION ALL ')}`);
    },
  );
  good = good && large;
} finally {
  await stop?.();
}
process.exitCode = good ? 0 : 1;
