/**
 * Where the real servers of this test run are. The global setup starts them (or takes the user's own) and
 * puts their addresses into GALAXY_TEST_SERVERS as JSON; tests only read them here.
 */
import type * as local from '../../infra/local/addresses.ts';

export type MysqlAddress = local.MysqlAddress;
export type MysqlName = local.MysqlName;
export type TestServers = local.ServerAddresses;

export function testServers(): TestServers {
  const text = process.env.GALAXY_TEST_SERVERS;
  if (text === undefined) throw new Error('GALAXY_TEST_SERVERS is not set: run the tests through npm test');
  return JSON.parse(text) as TestServers;
}

/** The servers that run a test of every MySQL and MariaDB. */
export function mysqlServers(): { name: MysqlName; address: MysqlAddress }[] {
  return Object.entries(testServers().mysql).map(([name, address]) => ({ name: name as MysqlName, address }));
}
