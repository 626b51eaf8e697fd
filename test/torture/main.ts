/**
 * The torture list on servers of its own:
 *
 *   npm run torture -- [--server mysql97,mysql80,mysql57,mariadb] [--metadata FULL|MINIMAL|NO_LOG]
 *                      [--mode after|live] [--only T001,T045] [--slow]
 *
 * `after`: all that the cases do happens first, then it is streamed. `live`: the stream runs meanwhile, with a
 * checkpoint, and is stopped and killed where a case says so. NO_LOG is MariaDB's. Ends with 1 where a case fails.
 */
import { parseArgs } from 'node:util';
import { MYSQL_NAMES, type MysqlName } from '../../infra/local/addresses.ts';
import type { RunningServers } from '../../infra/local/provider.ts';
import { startServers } from '../../infra/local/servers.ts';
import { readCases } from './parse-cases.ts';
import { runAfter } from './run-after.ts';
import { runLive } from './run-live.ts';

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'mysql97,mysql80,mysql57,mariadb' },
    metadata: { type: 'string', default: 'FULL' },
    mode: { type: 'string', default: 'after' },
    only: { type: 'string' },
    slow: { type: 'boolean', default: false },
  },
});
const { metadata, mode } = values;
if (!['FULL', 'MINIMAL', 'NO_LOG'].includes(metadata)) throw new Error('--metadata FULL, MINIMAL or NO_LOG');
if (mode !== 'after' && mode !== 'live') throw new Error('--mode after or live');
const names = values.server.split(',').map((text): MysqlName => {
  const name = MYSQL_NAMES.find((item) => item === text);
  if (name === undefined) throw new Error(`--server ${text}: one of ${MYSQL_NAMES.join(', ')}`);
  return name;
});
const only = values.only?.split(',');

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function runServer(name: MysqlName, servers: RunningServers): Promise<number> {
  const address = servers.addresses.mysql[name];
  if (address === undefined) throw new Error(`${name} did not start`);
  const asked = readCases(name).filter((item) =>
    only === undefined ? values.slow || !item.slow : only.includes(item.id),
  );
  const started = Date.now();
  const run = mode === 'live' ? runLive : runAfter;
  const outcomes = await run(address, asked, () => servers.restart(name));
  const failed = outcomes.filter(({ problem }) => problem !== null);
  for (const { item, problem } of failed)
    say(`${name} ${item.id} ${item.title}\n    ${problem?.slice(0, 500)}`);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(
    `${name}, metadata ${metadata}, ${mode}: ${outcomes.length - failed.length} passed, ${failed.length} failed in ${seconds} s`,
  );
  return failed.length;
}

const options = (name: MysqlName): readonly string[] =>
  name === 'mysql57' ? [] : [`--binlog-row-metadata=${metadata}`];
const servers = await startServers(
  { mysql: names, mysqlOptions: Object.fromEntries(names.map((name) => [name, options(name)])) },
  { env: process.env, log: say },
);
try {
  let failed = 0;
  for (const name of names) failed += await runServer(name, servers);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await servers.stop();
}
