import { MYSQL_NAMES, type MysqlAddress, type MysqlName, type ServerAddresses } from './addresses.ts';
import { type ServerRequest, ServersError } from './provider.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Which of the requested servers the user has named by environment variables, and what remains to start. */
export interface OwnServers {
  readonly addresses: ServerAddresses;
  readonly rest: ServerRequest;
}

/**
 * GALAXY_MYSQL_URL stands for the one MySQL that a caller needs when it does not matter which; GALAXY_MYSQL80_URL,
 * GALAXY_MYSQL97_URL, GALAXY_MYSQL57_URL, GALAXY_MYSQL84_URL and GALAXY_MARIADB_URL each for that server.
 * GALAXY_KAFKA_BROKERS, and for the same brokers behind SASL GALAXY_KAFKA_SASL_BROKERS, GALAXY_KAFKA_USER and
 * GALAXY_KAFKA_PASSWORD. GALAXY_DYNAMODB_ENDPOINT.
 */
export function ownServers(request: ServerRequest, env: Env): OwnServers {
  const mysql: Partial<Record<MysqlName, MysqlAddress>> = {};
  let restMysql = request.mysql;
  if (request.mysql === 'default') {
    const url = setting(env, 'GALAXY_MYSQL_URL');
    if (url !== undefined) {
      mysql.mysql80 = mysqlAddress('GALAXY_MYSQL_URL', url);
      restMysql = [];
    }
  } else {
    restMysql = request.mysql?.filter((name) => {
      const variable = `GALAXY_${name.toUpperCase()}_URL`;
      const url = setting(env, variable);
      if (url !== undefined) mysql[name] = mysqlAddress(variable, url);
      return url === undefined;
    });
  }
  const kafka = request.kafka === true ? ownKafka(env) : null;
  const endpoint = request.dynamodb === true ? setting(env, 'GALAXY_DYNAMODB_ENDPOINT') : undefined;
  return {
    addresses: { mysql, kafka, dynamodb: endpoint === undefined ? null : { endpoint } },
    rest: {
      mysql: restMysql ?? [],
      kafka: request.kafka === true && kafka === null,
      dynamodb: request.dynamodb === true && endpoint === undefined,
      mysqlOptions: request.mysqlOptions ?? {},
    },
  };
}

export function isEmpty(request: ServerRequest): boolean {
  return request.mysql?.length === 0 && request.kafka !== true && request.dynamodb !== true;
}

/** GALAXY_TEST_MYSQL narrows the list of servers that the tests run on, by names separated with commas. */
export function testedMysqlNames(env: Env): readonly MysqlName[] {
  const text = setting(env, 'GALAXY_TEST_MYSQL') ?? 'mysql97,mysql80,mysql57,mariadb';
  return text.split(',').map((name) => {
    const known = MYSQL_NAMES.find((item) => item === name.trim());
    if (known === undefined)
      throw new ServersError(`GALAXY_TEST_MYSQL: ${name} is none of ${MYSQL_NAMES.join(', ')}`);
    return known;
  });
}

function setting(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function ownKafka(env: Env): ServerAddresses['kafka'] {
  const brokers = setting(env, 'GALAXY_KAFKA_BROKERS');
  if (brokers === undefined) return null;
  return {
    brokers: brokers.split(','),
    saslBrokers: setting(env, 'GALAXY_KAFKA_SASL_BROKERS')?.split(',') ?? [],
    user: setting(env, 'GALAXY_KAFKA_USER') ?? '',
    password: setting(env, 'GALAXY_KAFKA_PASSWORD') ?? '',
  };
}

function mysqlAddress(variable: string, text: string): MysqlAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['mysql:', 'mariadb:'].includes(url.protocol)) {
    throw new ServersError(`${variable} must be mysql://user:password@host:port`);
  }
  return {
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}
