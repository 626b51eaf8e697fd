/**
 * A long outage under load, with servers of its own, and a task of each delivery.
 *
 *   node test/chaos/outage.ts [--kafka-down 600] [--mysql-down 0] [--rows-per-second 300]
 *
 * Kills the server, starts it again after so many seconds, and prints what came of each task and the most memory that a
 * runner had. Ends with 1 where a row is missing, comes twice (exactly once), or a runner had more than 512 MiB.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ServerName } from '../../infra/local/provider.ts';
import { startServers } from '../../infra/local/servers.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { watchMemory } from './memory.ts';

const { values } = parseArgs({
  options: {
    'kafka-down': { type: 'string', default: '600' },
    'mysql-down': { type: 'string', default: '0' },
    'rows-per-second': { type: 'string', default: '300' },
    server: { type: 'string', default: 'mysql97' },
  },
});

const RSS_MAX_BYTES = 512 * 1024 ** 2;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const own = /^GALAXY_(MYSQL|MARIADB|KAFKA|DYNAMODB)/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
const name = values.server as ServerName & 'mysql97';
const servers = await startServers({ mysql: [name], kafka: true }, { env, log: say });
const { kafka, mysql } = servers.addresses;
const address = mysql[name];
if (kafka === null || address === undefined) throw new Error('needs Kafka and the server');
const galaxy = await Galaxy.up();
const memory = watchMemory(galaxy);
const tasks: { readonly delivery: string; readonly playground: Playground }[] = [];

async function down(server: ServerName, seconds: number): Promise<void> {
  if (seconds <= 0) return;
  say(`${server} is down for ${seconds} s`);
  await servers.kill(server);
  await sleep(seconds * 1_000);
  await servers.start(server);
}

let good = true;
try {
  for (const delivery of ['exactly_once', 'at_least_once']) {
    const playground = await Playground.open(galaxy.api, address, { kafka, tables: ['orders'] });
    tasks.push({ delivery, playground });
    await playground.post({ kafka_conf: { enable_sasl: false, brokers: kafka.brokers, delivery } });
    playground.writer.start(Number(values['rows-per-second']) / 2);
  }
  await sleep(5_000);
  await down('kafka', Number(values['kafka-down']));
  await down(name, Number(values['mysql-down']));
  const upAtMs = performance.now();
  await sleep(5_000);
  for (const { delivery, playground } of tasks) {
    await playground.writer.stop();
    const problems = await playground.problems();
    const seconds = ((performance.now() - upAtMs) / 1000).toFixed(1);
    const { repeats } = playground;
    await galaxy.api.waitForState(playground.taskId, 'running');
    say(
      `${delivery}: ${playground.writer.written.length} changes, ${repeats} repeats, ${problems.length} problems, ` +
        `all there ${seconds} s after the server`,
    );
    for (const problem of problems) say(`  ${problem}`);
    good &&= problems.length === 0 && (repeats === 0 || delivery !== 'exactly_once');
  }
  const rss = memory.stop();
  say(`${Math.round(rss / 1024 ** 2)} MiB at most`);
  good &&= rss <= RSS_MAX_BYTES;
} finally {
  memory.stop();
  for (const { playground } of tasks) await playground.close();
  await galaxy.down();
  await servers.stop();
}
process.exitCode = good ? 0 : 1;
