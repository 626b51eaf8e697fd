import { expect, test } from 'vitest';
import { isEmpty, ownServers, testedMysqlNames } from '../../../../infra/local/own-servers.ts';

test('without variables everything remains to be started', () => {
  const request = { mysql: ['mysql80', 'mariadb'], kafka: true, dynamodb: true } as const;
  const { addresses, rest } = ownServers(request, {});
  expect(addresses).toEqual({ mysql: {}, kafka: null, dynamodb: null });
  expect(rest).toMatchObject(request);
  expect(isEmpty(rest)).toBe(false);
});

test('variables of the user take the place of servers', () => {
  const env = {
    GALAXY_MYSQL80_URL: 'mysql://me:p%40ss@db.example:3307',
    GALAXY_KAFKA_BROKERS: 'k1:9092,k2:9092',
    GALAXY_DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000',
  };
  const { addresses, rest } = ownServers({ mysql: ['mysql80', 'mariadb'], kafka: true, dynamodb: true }, env);
  expect(addresses.mysql).toEqual({
    mysql80: { host: 'db.example', port: 3307, user: 'me', password: 'p@ss' },
  });
  expect(addresses.kafka?.brokers).toEqual(['k1:9092', 'k2:9092']);
  expect(addresses.dynamodb).toEqual({ endpoint: 'http://127.0.0.1:8000' });
  expect(rest).toMatchObject({ mysql: ['mariadb'], kafka: false, dynamodb: false });
});

test('GALAXY_MYSQL_URL serves whoever needs any one MySQL, on the port of MySQL if it names none', () => {
  const { addresses, rest } = ownServers(
    { mysql: 'default' },
    { GALAXY_MYSQL_URL: 'mysql://root@127.0.0.1' },
  );
  expect(Object.values(addresses.mysql)).toEqual([
    { host: '127.0.0.1', port: 3306, user: 'root', password: '' },
  ]);
  expect(isEmpty(rest)).toBe(true);
});

test('a variable that is no URL of a MySQL is refused by its name', () => {
  const start = () => ownServers({ mysql: 'default' }, { GALAXY_MYSQL_URL: '127.0.0.1:3306' });
  expect(start).toThrow('GALAXY_MYSQL_URL');
});

test('GALAXY_TEST_MYSQL narrows the servers of the tests, and refuses names that it does not know', () => {
  expect(testedMysqlNames({})).toEqual(['mysql97', 'mysql80', 'mysql57', 'mariadb']);
  expect(testedMysqlNames({ GALAXY_TEST_MYSQL: 'mysql80, mariadb' })).toEqual(['mysql80', 'mariadb']);
  expect(() => testedMysqlNames({ GALAXY_TEST_MYSQL: 'oracle' })).toThrow('oracle');
});
