/** A runner whose DynamoDB is behind a network that fails: it goes on inside its lease, and stops sending with it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TopicReader } from '../../../cli/demo/topic-reader.ts';
import type { CheckpointStore } from '../../../core/checkpoint.ts';
import { createDynamoStores } from '../../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../../core/dynamo/table.ts';
import { createLog } from '../../../core/log.ts';
import { parseTaskSpec } from '../../../core/parse-task-spec.ts';
import type { SecretStore } from '../../../core/secret-store.ts';
import { sealSecrets } from '../../../core/task-secrets.ts';
import { createEnds } from '../../../runner/create-ends.ts';
import { EXIT_CODES, Runner } from '../../../runner/runner.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { mysqlServers, testServers } from '../../support/servers.ts';

const LEASE_MS = 4_000;

let proxy: FaultProxy;
let reader: TopicReader;
let mysql: Connection;
let run: Promise<number>;
let saves: number[];
const database = `away_${randomBytes(4).toString('hex')}`;
const drain = (): AbortController => new AbortController();
let stop: AbortController;
let close: () => void;

const secretsInMemory = (): SecretStore => {
  const kept = new Map<string, string>();
  return {
    put: async (taskId, field, value) => {
      kept.set(`${taskId}/${field}`, value);
      return { secret: `${taskId}/${field}` };
    },
    get: async ({ secret }) => kept.get(secret) ?? '',
    isOwn: () => true,
    deleteAll: async () => undefined,
  };
};

beforeEach(async () => {
  const endpoint = new URL(testServers().dynamodb?.endpoint ?? '');
  const { kafka } = testServers();
  const address = (mysqlServers().find(({ name }) => name === 'mysql97') ?? mysqlServers()[0])?.address;
  if (kafka === null || address === undefined) throw new Error('this test needs Kafka and MySQL');
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  proxy = await FaultProxy.before({ host: endpoint.hostname, port: Number(endpoint.port) });
  const client = createDynamoClient({ endpoint: `http://127.0.0.1:${proxy.port}`, region: 'eu-west-1' });
  close = () => client.destroy();
  const table = `galaxy-${database}`;
  await createTable(client, table);
  const { host, port, user, password } = address;
  mysql = await createConnection({ host, port, user, password });
  await mysql.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
  await mysql.query(`CREATE TABLE IF NOT EXISTS ${database}.t (id BIGINT PRIMARY KEY AUTO_INCREMENT, n INT)`);
  const taskId = `away_${randomBytes(4).toString('hex')}`;
  const secrets = secretsInMemory();
  const posted = parseTaskSpec({
    task_id: taskId,
    mysql_config: { user, password, host, port },
    database,
    tables: [],
    exclude_table: [],
    kafka_conf: { enable_sasl: false, brokers: kafka.brokers },
  });
  const stores = createDynamoStores(client, table);
  saves = [];
  const checkpoints: CheckpointStore = {
    ...stores.checkpoints,
    save: async (...args) => {
      saves.push(performance.now());
      await stores.checkpoints.save(...args);
    },
  };
  await stores.tasks.create({
    taskId,
    version: 1,
    spec: await sealSecrets(posted, secrets, 'n'),
    desired: 'running',
    state: 'running',
    start: { epoch: 1, at: null },
    filters: [{ version: 1, filter: { databases: [database], tables: [], exclude: [] }, from: null }],
    serverId: 3_000_000_000 + Math.floor(Math.random() * 1_000_000),
    generation: 1,
    attempt: 0,
    failures: 0,
    run: null,
    nextLaunchAtMs: null,
    error: null,
    createdAtMs: 1,
    updatedAtMs: 1,
  });
  const log = createLog(() => undefined, Date.now);
  const runner = new Runner({
    ...stores,
    checkpoints,
    createEnds: (task, checkpoint) =>
      createEnds(
        { schemas: stores.schemas, secrets, log, access: {}, loginGraceMs: 1_000, now: Date.now },
        task,
        checkpoint,
      ),
    clock: { now: Date.now },
    elapsedMs: () => performance.now(),
    random: Math.random,
    log,
    config: {
      taskId,
      generation: 1,
      runId: 'one',
      store: { kind: 'dynamodb', table, endpoint: null, dataDir: null, stage: 'test' },
      leaseTtlMs: LEASE_MS,
      checkpointIntervalMs: 1_000,
      batchBytesMax: 1_048_576,
      inFlightBytesMax: 8_388_608,
      networks: [],
      loopback: true,
      region: null,
      loginGraceMs: 1_000,
      purgeCheckMs: 60_000,
      health: false,
      xaHeldBytesMax: 1_048_576,
    },
  });
  stop = drain();
  run = runner.run(stop.signal);
  reader = new TopicReader(kafka.brokers);
  reader.read([`${taskId}.${database}.t`]);
  // Until the first row comes: the stream begins at the source's latest position.
  while (!(await reader.until((messages) => messages.length > 0, 300))) await write();
});

afterEach(async () => {
  proxy.heal();
  stop.abort();
  await run;
  await reader.close();
  await mysql.query(`DROP DATABASE IF EXISTS ${database}`);
  await mysql.end();
  close();
  await proxy.close();
});

const write = (): Promise<unknown> => mysql.query(`INSERT INTO ${database}.t (n) VALUES (1)`);

/** Writes a row every 20 ms for so long. */
async function load(ms: number): Promise<void> {
  for (const endMs = performance.now() + ms; performance.now() < endMs; await sleep(20)) await write();
}

test('while the store is away inside the lease rows go on, and the checkpoint is written once a second at most', async () => {
  await load(1_500);
  proxy.hold();
  const before = reader.messages.length;
  await load(1_500);
  // The lease is longer than this: nothing waits for the store.
  expect(await reader.until((messages) => messages.length > before + 20, 1_000)).toBe(true);
  proxy.heal();
  await load(2_500);
  const gaps = saves.slice(1).map((at, index) => at - (saves[index] ?? 0));
  expect(saves.length).toBeGreaterThan(2);
  expect(gaps.filter((gap) => gap < 900)).toEqual([]);
});

test('a store that stays away for longer than the lease ends the run, and nothing is sent any more', async () => {
  await load(500);
  proxy.hold();
  const writing = load(LEASE_MS + 3_000);
  expect(await run).toBe(EXIT_CODES.retryable);
  const sent = reader.messages.length;
  await writing;
  await sleep(1_000);
  // What was acknowledged by then may still be read; a second of rows more would be 40 and more.
  expect(reader.messages.length - sent).toBeLessThan(20);
});
