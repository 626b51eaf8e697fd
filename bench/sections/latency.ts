import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { BenchBroker } from '../kafka/broker.ts';
import type { BenchContext } from '../lines/line.ts';
import { readMemory } from '../measure.ts';
import { startChild } from './child.ts';
import { type LiveStream, startLiveStream } from './live-stream.ts';
import { type LatencyFigures, nowUs, Receipts } from './receipts.ts';
import { type Section, sectionOr } from './section.ts';

const ROWS_PER_SECOND = 1_000;
/** While these come in, everything warms up. */
const WARM_UP_S = 3;
const IDLE_S = 5;

interface LatencyCase {
  readonly label: string;
  readonly figures: LatencyFigures;
  /** Rows a second that the writer reached. */
  readonly written: number;
  readonly rssIdleBytes: number;
  readonly rssLoadBytes: number;
}

/** Commit to receipt under a steady load, and the memory of the stream before and after it. */
export async function latencySection(
  context: BenchContext,
  broker: () => Promise<BenchBroker>,
  seconds: number,
): Promise<Section> {
  const title = `Commit to receipt at ${ROWS_PER_SECOND} rows/s for ${seconds} s, one row a transaction; memory`;
  return await sectionOr('latency', title, async () => {
    await makeTable(context);
    const cases = [
      await throughStdout(context, seconds),
      await throughKafka(context, await broker(), seconds),
    ];
    return {
      header: ['', 'p50 ms', 'p99 ms', 'max ms', 'messages', 'rows/s written', 'RSS MB idle', 'RSS MB after'],
      rows: cases.map(({ label, figures, written, rssIdleBytes, rssLoadBytes }) => [
        label,
        ...[figures.p50Ms, figures.p99Ms, figures.maxMs].map((ms) => ms.toFixed(1)),
        String(figures.messages),
        written.toFixed(0),
        ...[rssIdleBytes, rssLoadBytes].map((bytes) => (bytes / 1e6).toFixed(0)),
      ]),
      raw: cases,
    };
  });
}

const DATABASE = 'bench_live';
const TABLE = `${DATABASE}.ticks`;

async function makeTable({ mysql }: BenchContext): Promise<void> {
  const connection = await createConnection({ ...mysql });
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, note VARCHAR(100) NOT NULL)`,
  );
  await connection.end();
}

const fromLatest = ({ mysql }: BenchContext): string[] => [
  ...['--source', `mysql://${mysql.user}:${mysql.password}@${mysql.host}:${mysql.port}`],
  ...['--start', 'latest', '--database', DATABASE],
];

async function throughStdout(context: BenchContext, seconds: number): Promise<LatencyCase> {
  const live = startLiveStream(context.root, [...fromLatest(context), '--sink', 'stdout'], 'pipe');
  const receipts = new Receipts(WARM_UP_S * ROWS_PER_SECOND);
  const wanted = (seconds + WARM_UP_S) * ROWS_PER_SECOND;
  const all = Promise.withResolvers<LatencyFigures>();
  if (live.child.stdout === null) throw new Error('no pipe to read');
  createInterface({ input: live.child.stdout }).on('line', (line) => {
    receipts.take(line, nowUs());
    if (receipts.seen === wanted) all.resolve(receipts.figures());
  });
  return await underLoad(context, live, seconds, 'galaxy: to standard output', () => all.promise);
}

async function throughKafka(
  context: BenchContext,
  broker: BenchBroker,
  seconds: number,
): Promise<LatencyCase> {
  const topic = `latency-${randomUUID()}`;
  const messages = (seconds + WARM_UP_S) * ROWS_PER_SECOND;
  await broker.createTopic(topic);
  const consumer = startChild(join(import.meta.dirname, 'consumer.ts'), {
    ...{ broker: broker.address, topic, messages, skip: WARM_UP_S * ROWS_PER_SECOND },
  });
  try {
    await consumer.nextLine();
    const sink = `kafka://${broker.address}?topic=${topic}`;
    const live = startLiveStream(context.root, [...fromLatest(context), '--sink', sink], 'ignore');
    const label = 'galaxy: through Kafka (at least once) to a consumer';
    return await underLoad(context, live, seconds, label, async () => {
      return (await consumer.nextLine()) as unknown as LatencyFigures;
    });
  } finally {
    await consumer.end();
    await broker.countAndDelete(topic);
  }
}

async function underLoad(
  context: BenchContext,
  live: LiveStream,
  seconds: number,
  label: string,
  received: () => Promise<LatencyFigures>,
): Promise<LatencyCase> {
  try {
    await live.connected;
    await sleep(IDLE_S * 1000);
    const rssIdleBytes = readMemory(live.child.pid, 'VmRSS') ?? Number.NaN;
    const writer = startChild(join(import.meta.dirname, 'writer.ts'), {
      ...context.mysql,
      ...{ table: TABLE, rowsPerSecond: ROWS_PER_SECOND, seconds: seconds + WARM_UP_S },
    });
    const { written, tookS } = await writer.nextLine().finally(() => writer.end());
    const figures = await Promise.race([received(), tooLate()]);
    const rssLoadBytes = readMemory(live.child.pid, 'VmRSS') ?? Number.NaN;
    return { label, figures, written: Number(written) / Number(tookS), rssIdleBytes, rssLoadBytes };
  } finally {
    await live.stop();
  }
}

async function tooLate(): Promise<never> {
  await sleep(60_000, undefined, { ref: false });
  throw new Error('not all messages came within a minute');
}
