import { testedMysqlNames } from '../../infra/local/own-servers.ts';
import type { RunningServers, StartOptions } from '../../infra/local/provider.ts';
import { startServers } from '../../infra/local/servers.ts';

/** All servers that the tests read from and write to, started at once. */
export async function startTestServers(options: StartOptions): Promise<RunningServers> {
  const mysql = testedMysqlNames(options.env);
  // Names in the binlog: what a test needs to read a table as it was before it changed. The servers' default
  // is covered by tests that start servers of their own.
  const names = mysql.map(
    (name) => [name, name === 'mysql57' ? [] : ['--binlog-row-metadata=FULL']] as const,
  );
  return await startServers(
    { mysql, kafka: true, dynamodb: true, mysqlOptions: Object.fromEntries(names) },
    options,
  );
}
