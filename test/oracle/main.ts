/**
 * The oracle: random tables and random changes, where the messages, replayed, must be what the server selects.
 *
 *   npm run oracle -- [--rounds 200] [--seed N] [--server mysql97,mysql80,mysql57,mariadb] [--metadata FULL|MINIMAL]
 *
 * Takes the servers of GALAXY_TEST_SERVERS, else starts its own. Ends with 1 where something differs, and prints for
 * each such round its own seed (`--rounds 1 --seed THAT` makes it again) and its statements.
 */
import { parseArgs } from 'node:util';
import { setup } from '../support/global-setup.ts';
import type { MysqlName } from '../support/servers.ts';
import { mysqlServers } from '../support/servers.ts';
import { checkRounds, type Difference } from './check-rounds.ts';
import { roundScript } from './round.ts';

const BATCH = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    server: { type: 'string' },
    script: { type: 'boolean', default: false },
    metadata: { type: 'string', default: 'both' },
  },
});

const rounds = Number(values.rounds);
const seed = values.seed === undefined ? (Math.random() * 2 ** 31) | 0 : Number(values.seed);
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  throw new Error('--rounds and --seed are whole numbers');
}
if (values.server !== undefined) process.env.GALAXY_TEST_MYSQL = values.server;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function report(name: MysqlName, { round, problems }: Difference): void {
  say(`\n${name}, seed ${round.seed}: ${problems.length} differences`);
  for (const problem of problems.slice(0, 8)) say(`  ${problem}`);
  if (values.script) say(roundScript(round));
}

/** Batches take turns. */
const metadataOf = (first: number): 'FULL' | 'MINIMAL' =>
  values.metadata === 'FULL' || values.metadata === 'MINIMAL'
    ? values.metadata
    : (first / BATCH) % 2 === 0
      ? 'FULL'
      : 'MINIMAL';

async function checkServer({ name, address }: ReturnType<typeof mysqlServers>[number]): Promise<number> {
  const started = Date.now();
  const total = {
    differences: 0,
    rounds: 0,
    withoutTable: 0,
    messages: 0,
    statements: 0,
    refused: 0,
    snapshots: 0,
  };
  for (let first = 0; first < rounds; first += BATCH) {
    const count = Math.min(BATCH, rounds - first);
    const outcome = await checkRounds({ name, address, seed, first, count, metadata: metadataOf(first) });
    for (const difference of outcome.differences) report(name, difference);
    total.differences += outcome.differences.length;
    for (const field of [
      'rounds',
      'withoutTable',
      'messages',
      'statements',
      'refused',
      'snapshots',
    ] as const) {
      total[field] += outcome[field];
    }
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(
    `${name}: ${total.rounds} rounds (and ${total.withoutTable} tables that the server refused), ` +
      `${total.statements} statements (${total.refused} refused), ${total.messages} messages, ` +
      `${total.snapshots} comparisons, ${total.differences} rounds with differences, ${seconds} s`,
  );
  return total.differences;
}

say(`oracle: seed ${seed}`);
const stop = await setup();
try {
  const asked = values.server?.split(',');
  let differences = 0;
  for (const server of mysqlServers()) {
    if (asked === undefined || asked.includes(server.name)) differences += await checkServer(server);
  }
  process.exitCode = differences === 0 ? 0 : 1;
} finally {
  await stop?.();
}
