/**
 * Many tasks in one table, on a real DynamoDB (Local): how long the pages of a list and the sweeps take, and what of
 * DynamoDB and ECS they use.
 *
 *   npm run scale -- [--tasks 10000] [--stopped 2000]
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDynamoStores } from '../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../core/dynamo/table.ts';
import { silentLog } from '../../core/log.ts';
import { parseTaskSpec } from '../../core/parse-task-spec.ts';
import { createSqliteStores } from '../../core/sqlite/create-stores.ts';
import { systemSurroundings } from '../../functions/system-surroundings.ts';
import { listTasks } from '../../functions/tasks/queries.ts';
import { sweep, WHOLE_SWEEP } from '../../functions/tasks/sweep.ts';
import { startServers } from '../../infra/local/servers.ts';
import { FakeLauncher } from '../support/control-plane.ts';
import { fillTable } from '../support/full-table.ts';
import { TableCounter } from '../support/table-counter.ts';

const { values } = parseArgs({
  options: { tasks: { type: 'string', default: '10000' }, stopped: { type: 'string', default: '2000' } },
});
const running = Number(values.tasks);
const stopped = Number(values.stopped);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const text = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${Math.round(count * 10) / 10}`)
    .join(', ');

async function timed<T>(
  what: string,
  counter: TableCounter | null,
  times: number,
  work: () => Promise<T>,
): Promise<T> {
  const ms: number[] = [];
  let result = await work();
  for (let i = 0; i < times; i += 1) {
    counter?.reset();
    const began = performance.now();
    result = await work();
    ms.push(performance.now() - began);
  }
  ms.sort((a, b) => a - b);
  const [middle, last] = [ms[Math.floor(ms.length / 2)] ?? 0, ms.at(-1) ?? 0];
  const cost = counter === null ? '' : `; ${text(counter.requests)}; units: ${text(counter.units)}`;
  say(`${what}: ${middle.toFixed(0)} ms (at most ${last.toFixed(0)} of ${times})${cost}`);
  return result;
}

async function onDynamo(endpoint: string): Promise<void> {
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  const client = createDynamoClient({ endpoint, region: 'eu-west-1' });
  const table = `galaxy-${randomUUID()}`;
  await createTable(client, table);
  const stores = createDynamoStores(client, table);
  const nowMs = Date.now();
  const began = performance.now();
  await fillTable({ client, table, stores, nowMs }, { running, stopped });
  say(
    `DynamoDB: ${running} running and ${stopped} stopped tasks, written in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  const counter = new TableCounter();
  counter.attach(client);
  const deps = { ...systemSurroundings(silentLog), stores: { ...stores, secrets: null as never } };
  for (const limit of [20, 100, 1_000]) {
    await timed(`page of ${limit}`, counter, 9, () => listTasks(deps, { limit }));
  }
  const first = await listTasks(deps, { limit: 1_000, state: 'running' });
  await timed('page of 100 by state, from within', counter, 9, () =>
    listTasks(deps, { limit: 100, state: 'running', cursor: first.cursor }),
  );
  const launcher = new FakeLauncher();
  // Not in the minute of the hour that looks at tasks at rest as well.
  const clock = { now: () => nowMs - (nowMs % 3_600_000) + 600_000 };
  const quiet = { ...deps, clock, launcher };
  const options = { ...WHOLE_SWEEP, trustLeases: true };
  const report = await timed('sweep, all leases held', counter, 3, () => sweep(quiet, options));
  say(`  ${JSON.stringify(report)}`);
  const quarter = await timed('sweep of one shard of four', counter, 3, () =>
    sweep(quiet, { ...options, shard: { index: 1, of: 4 } }),
  );
  say(`  ${JSON.stringify(quarter)}`);
  const table2 = `galaxy-${randomUUID()}`;
  await createTable(client, table2);
  const waiting = createDynamoStores(client, table2);
  await fillTable({ client, table: table2, stores: waiting, nowMs }, { pending: 1_000 });
  counter.reset();
  const began2 = performance.now();
  await sweep({ ...quiet, stores: { ...waiting, secrets: null as never } }, options);
  const units = text(counter.units);
  say(
    `sweep that launches 1000, by a platform that takes them at once: ${(performance.now() - began2).toFixed(0)} ms`,
  );
  say(`  ${text(counter.requests)}; units: ${units}`);
  client.destroy();
}

async function onSqlite(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'galaxy-scale-'));
  try {
    const stores = createSqliteStores({ dataDir });
    const from = createSqliteStores({ dataDir });
    for (let i = 0; i < running; i += 1) {
      const taskId = `t${String(i).padStart(6, '0')}`;
      await from.tasks.create({
        taskId,
        version: 1,
        spec: parseTaskSpec({
          task_id: taskId,
          mysql_config: { user: 'u', host: 'h' },
          kafka_conf: { brokers: ['k:1'] },
        }),
        desired: 'stopped',
        state: 'stopped',
        start: { epoch: 1, at: null },
        filters: [],
        serverId: 1,
        generation: 1,
        attempt: 0,
        failures: 0,
        run: null,
        nextLaunchAtMs: null,
        error: null,
        createdAtMs: 1,
        updatedAtMs: 1,
      });
    }
    say(`SQLite: ${running} tasks`);
    const deps = { ...systemSurroundings(silentLog), stores };
    for (const limit of [20, 100, 1_000])
      await timed(`page of ${limit}`, null, 9, () => listTasks(deps, { limit }));
    await timed('sweep, all stopped', null, 9, () =>
      sweep({ ...deps, launcher: new FakeLauncher() }, WHOLE_SWEEP),
    );
    stores.close();
    from.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const servers = await startServers(
  { mysql: [], kafka: false, dynamodb: true },
  { env: process.env, log: (line) => say(`  ${line}`) },
);
try {
  const endpoint = servers.addresses.dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('no DynamoDB was started');
  await onDynamo(endpoint);
  await onSqlite();
} finally {
  await servers.stop();
}
