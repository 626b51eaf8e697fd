/**
 * Where the real servers of this test run are. The global setup starts them (or takes the user's own) and
 * puts their addresses into GALAXY_TEST_SERVERS as JSON; tests only read them here.
 */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  /** An account with all rights. */
  readonly user: string;
  readonly password: string;
}

export interface TestServers {
  readonly mysql: Readonly<Partial<Record<MysqlName, MysqlAddress>>>;
  readonly kafka: {
    readonly brokers: readonly string[];
    /** The same brokers behind SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), without TLS. */
    readonly saslBrokers: readonly string[];
    readonly user: string;
    readonly password: string;
  } | null;
  readonly dynamodb: { readonly endpoint: string } | null;
}

export type MysqlName = 'mysql80' | 'mysql97' | 'mysql57' | 'mariadb';

export function testServers(): TestServers {
  const text = process.env.GALAXY_TEST_SERVERS;
  if (text === undefined) throw new Error('GALAXY_TEST_SERVERS is not set: run the tests through npm test');
  return JSON.parse(text) as TestServers;
}

/** The servers that run a test of every MySQL and MariaDB. */
export function mysqlServers(): { name: MysqlName; address: MysqlAddress }[] {
  return Object.entries(testServers().mysql).map(([name, address]) => ({ name: name as MysqlName, address }));
}
