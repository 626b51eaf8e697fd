import { describe, expect, test } from 'vitest';
import { factsFromVariables, parseVersion, versionAtLeast } from '../../../../core/mysql/facts.ts';
import { parseMysqlUrl } from '../../../../core/mysql/target.ts';

const target = parseMysqlUrl('mysql://u@db');

const factsOf = (variables: Record<string, string>) =>
  factsFromVariables(
    Object.entries(variables).map(([name, value]) => ({ Variable_name: name, Value: value })),
    target,
  );

describe('the facts of a server', () => {
  test('of MySQL 5.7, which lacks newer variables', () => {
    const facts = factsOf({
      version: '5.7.22-log',
      server_uuid: 'aa',
      server_id: '7',
      log_bin: 'ON',
      binlog_format: 'ROW',
      gtid_mode: 'OFF',
      expire_logs_days: '3',
    });
    expect(facts).toMatchObject({
      flavor: 'mysql',
      versionNumbers: [5, 7, 22],
      serverUuid: 'aa',
      gtidDomainId: null,
      logBin: true,
      rowMetadata: 'MINIMAL',
      gtidMode: 'OFF',
      binlogExpireSeconds: 259_200,
    });
  });

  test('of MariaDB, which has no uuid and always has GTIDs', () => {
    const facts = factsOf({
      version: '10.11.19-MariaDB-log',
      server_id: '13',
      gtid_domain_id: '4',
      log_bin: 'ON',
      expire_logs_days: '0.500000',
      binlog_expire_logs_seconds: '43200',
    });
    expect(facts).toMatchObject({
      flavor: 'mariadb',
      serverUuid: 'mariadb:13',
      gtidDomainId: 4,
      gtidMode: 'ON',
      binlogExpireSeconds: 43_200,
    });
  });

  test('keeps files for ever where automatic deletion is off', () => {
    const facts = factsOf({
      version: '9.7.4',
      binlog_expire_logs_seconds: '2592000',
      binlog_expire_logs_auto_purge: 'OFF',
    });
    expect(facts.binlogExpireSeconds).toBe(0);
  });

  test('cannot be read without a version', () => {
    expect(() => factsOf({ version: 'devel' })).toThrow(/can't be read/);
  });
});

test('versions are compared number by number', () => {
  const facts = (version: string) => ({ versionNumbers: parseVersion(version) ?? ([0, 0, 0] as const) });
  expect(versionAtLeast(facts('8.0.26'), 8, 0, 26)).toBe(true);
  expect(versionAtLeast(facts('8.0.25'), 8, 0, 26)).toBe(false);
  expect(versionAtLeast(facts('10.5.2'), 8, 2)).toBe(true);
  expect(versionAtLeast(facts('8.10'), 8, 4)).toBe(true);
  expect(versionAtLeast(facts('5.7.44'), 8, 0)).toBe(false);
  expect(parseVersion('mysql')).toBeNull();
});
