import { setTimeout as sleep } from 'node:timers/promises';
import type { MysqlName } from '../../infra/local/addresses.ts';
import type { RunningServers } from '../../infra/local/provider.ts';
import { startServers } from '../../infra/local/servers.ts';
import { sessionOf } from './live-stream.ts';
import type { MysqlAddress } from './servers.ts';

/** A server of a test alone: it may be killed, and its globals changed. */
export interface OwnServer {
  readonly address: MysqlAddress;
  kill(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  sql(...statements: readonly string[]): Promise<void>;
}

export async function ownServer(name: MysqlName, options: readonly string[] = []): Promise<OwnServer> {
  const own = /^GALAXY_(MYSQL|MARIADB|KAFKA|DYNAMODB)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !own.test(key)));
  const request = { mysql: [name], mysqlOptions: { [name]: options } };
  const servers: RunningServers = await startServers(request, { env, log: () => {} });
  const address = servers.addresses.mysql[name];
  if (address === undefined) throw new Error(`${name} was not started`);
  return {
    address,
    kill: () => servers.kill(name),
    start: () => servers.start(name),
    restart: () => servers.restart(name),
    stop: () => servers.stop(),
    sql: async (...statements) => {
      const session = await sessionOf(address);
      try {
        for (const statement of statements) await session.query(statement);
      } finally {
        await session.end();
      }
    },
  };
}

async function wordsOf(
  server: OwnServer,
): Promise<readonly [word: string, source: string, mariadb: boolean]> {
  const session = await sessionOf(server.address);
  try {
    const { flavor, versionNumbers } = await session.facts();
    const modern = flavor === 'mysql' && versionNumbers[0] >= 8;
    return [modern ? 'REPLICA' : 'SLAVE', modern ? 'SOURCE' : 'MASTER', flavor === 'mariadb'];
  } finally {
    await session.end();
  }
}

/** Real replication by GTID. */
export async function follow(replica: OwnServer, primary: OwnServer): Promise<void> {
  const [word, source, mariadb] = await wordsOf(replica);
  const { host, port } = primary.address;
  await primary.sql(
    "CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED BY 'repl'",
    "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'",
  );
  const login = `${source}_HOST='${host}', ${source}_PORT=${port}, ${source}_USER='repl', ${source}_PASSWORD='repl'`;
  const how = mariadb ? 'MASTER_USE_GTID=slave_pos' : `${source}_AUTO_POSITION=1`;
  const key = source === 'SOURCE' ? ', GET_SOURCE_PUBLIC_KEY=1' : '';
  const change = source === 'SOURCE' ? 'CHANGE REPLICATION SOURCE TO' : 'CHANGE MASTER TO';
  const retry = `${source}_CONNECT_RETRY=1`;
  await replica.sql(`${change} ${login}, ${retry}, ${how}${key}`, `START ${word}`);
}

/** Waits until the replica has what the primary has now. */
export async function caughtUp(replica: OwnServer, primary: OwnServer): Promise<void> {
  const [, , mariadb] = await wordsOf(primary);
  const variable = mariadb ? '@@GLOBAL.gtid_current_pos' : '@@GLOBAL.gtid_executed';
  const wanted = await selected(primary, variable);
  const done = mariadb
    ? async () => (await selected(replica, '@@GLOBAL.gtid_slave_pos')) === wanted
    : async () => (await selected(replica, `GTID_SUBSET('${wanted}', @@GLOBAL.gtid_executed)`)) === '1';
  for (const endMs = Date.now() + 60_000; !(await done()); await sleep(50)) {
    if (Date.now() > endMs) throw new Error(`the replica did not reach ${wanted}`);
  }
}

/** Ends replication: the replica takes writes by itself from now on. */
export async function promote(replica: OwnServer): Promise<void> {
  const [word] = await wordsOf(replica);
  await replica.sql(`STOP ${word}`, `RESET ${word} ALL`);
}

export async function selected(server: OwnServer, expression: string): Promise<string> {
  const session = await sessionOf(server.address);
  try {
    const [row] = await session.query(`SELECT ${expression} AS value`);
    return (row?.value ?? '').replace(/\s+/g, '');
  } finally {
    await session.end();
  }
}
