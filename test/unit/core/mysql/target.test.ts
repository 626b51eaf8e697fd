import { describe, expect, test } from 'vitest';
import { formatTarget, mysqlTargets, parseMysqlUrl, tlsSetting } from '../../../../core/mysql/target.ts';
import type { ResolvedMysqlConfig } from '../../../../core/task-secrets.ts';

describe('a source URL', () => {
  test('gives host, port, user and password', () => {
    expect(parseMysqlUrl('mysql://galaxy:secret@db.example.com:3307')).toEqual({
      host: 'db.example.com',
      port: 3307,
      user: 'galaxy',
      password: 'secret',
      tls: { kind: 'off' },
    });
  });

  test('has port 3306 and an empty password where it says none', () => {
    const target = parseMysqlUrl('mariadb://root@localhost/');
    expect([target.host, target.port, target.password]).toEqual(['localhost', 3306, '']);
  });

  test.each([
    ['p%40ss%3Aw%2Frd%25', 'p@ss:w/rd%'],
    ['a@b', 'a@b'],
    ['x:y', 'x:y'],
    ['with/slash?and#hash', 'with/slash?and#hash'],
    ['%E2%82%AC', '€'],
    ['€', '€'],
    ['', ''],
  ])('with the password %s means %s', (written, meant) => {
    expect(parseMysqlUrl(`mysql://u:${written}@h:1?tls=true`)).toMatchObject({
      user: 'u',
      password: meant,
      host: 'h',
    });
  });

  test('may name its host by an IPv6 address in brackets', () => {
    const target = parseMysqlUrl('mysql://u@[2001:db8::7]:3306');
    expect(target.host).toBe('2001:db8::7');
    expect(formatTarget(target)).toBe('[2001:db8::7]:3306');
  });

  test.each([
    ['tls=false', { kind: 'off' }],
    ['tls=true', { kind: 'required' }],
    ['tls=verify', { kind: 'verified' }],
    ['tls=verify&servername=db.internal', { kind: 'verified', servername: 'db.internal' }],
    ['servername=db.internal', { kind: 'verified', servername: 'db.internal' }],
  ])('with ?%s sets TLS', (query, tls) => {
    expect(parseMysqlUrl(`mysql://u@h?${query}`).tls).toEqual(tls);
  });

  test('may ask for a token of the AWS role, which makes TLS the default', () => {
    expect(parseMysqlUrl('mysql://app@db.x.eu-west-1.rds.amazonaws.com?auth=rds_iam')).toEqual({
      host: 'db.x.eu-west-1.rds.amazonaws.com',
      port: 3306,
      user: 'app',
      password: '',
      tls: { kind: 'verified' },
      auth: 'rds_iam',
    });
    expect(parseMysqlUrl('mysql://app@h?auth=rds_iam&region=eu-west-1&tls=true')).toMatchObject({
      tls: { kind: 'verified' },
      region: 'eu-west-1',
    });
  });

  test.each([
    ['mysql://u:hunter2@h', 'auth=rds_iam', /a token in its place/],
    ['mysql://u@h', 'auth=rds_iam&tls=false', /needs tls=verify/],
    ['mysql://u@h', 'auth=kerberos', /known are password and rds_iam/],
    ['mysql://u@h', 'region=eu-west-1', /needs auth=rds_iam/],
  ])('%s?%s is refused', (url, query, message) => {
    expect(() => parseMysqlUrl(`${url}?${query}`)).toThrow(message);
  });

  test.each([
    ['postgres://u:hunter2@h', /begin with mysql/],
    ['mysql://u:hunter2%4@h', /password/],
    ['mysql://:hunter2@h', /no user/],
    ['mysql://u:hunter2@', /no host/],
    ['mysql://u:hunter2@h:0', /port/],
    ['mysql://u:hunter2@h:65536', /port/],
    ['mysql://u:hunter2@h:port', /port/],
    ['mysql://u:hunter2@h/shop', /--database/],
    ['mysql://u:hunter2@h?tls=maybe', /tls/],
    ['mysql://u:hunter2@h?ssl=true', /ssl/],
    ['mysql://u:hunter2@h?servername=x&tls=true', /servername/],
    ['mysql://u:hunter2@[::1', /IPv6/],
    ['mysql://u:hunter2@[nonsense]:3306', /IPv6/],
    ['mysql://u:hunter2@a b', /host/],
  ])('%s is refused, and the message does not hold the password', (url, message) => {
    expect(() => parseMysqlUrl(url)).toThrow(message);
    try {
      parseMysqlUrl(url);
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
    }
  });
});

describe('the tls of a task', () => {
  test('true encrypts without looking at the certificate', () => {
    expect(tlsSetting(true)).toEqual({ kind: 'required' });
  });

  test('is off where it is absent or false', () => {
    expect([tlsSetting(undefined), tlsSetting(false)]).toEqual([{ kind: 'off' }, { kind: 'off' }]);
  });

  test('an object verifies unless it says not to', () => {
    expect(tlsSetting({})).toEqual({ kind: 'verified' });
    expect(tlsSetting({ ca: 'PEM', servername: 'db' })).toEqual({
      kind: 'verified',
      ca: 'PEM',
      servername: 'db',
    });
    expect(tlsSetting({ ca: 'PEM', verify: false })).toEqual({ kind: 'required' });
  });

  test('takes a client certificate with its key, and refuses one without the other', () => {
    expect(tlsSetting({ cert: 'C', key: 'K' })).toEqual({
      kind: 'verified',
      clientCertificate: { cert: 'C', key: 'K' },
    });
    expect(() => tlsSetting({ cert: 'C' })).toThrow(/both cert and key/);
  });

  test('goes into the target of a task', () => {
    const config = { host: 'h', port: 3306, user: 'u', password: 'p', tls: true } as const;
    expect(mysqlTargets(config)[0]).toEqual({ ...config, tls: { kind: 'required' } });
  });
});

test('the servers of a list share account and TLS, and each is named once', () => {
  const config = {
    user: 'u',
    password: 'p',
    host: 'a',
    port: 3307,
    hosts: ['a:3307', 'b', '[::1]:3308'],
    tls: true,
  };
  const targets = mysqlTargets(config);
  expect(targets.map(formatTarget)).toEqual(['a:3307', 'b:3306', '[::1]:3308']);
  expect(targets.every(({ user, tls }) => user === 'u' && tls.kind === 'required')).toBe(true);
});

describe('a target with rds_iam', () => {
  const made: unknown[] = [];
  const tokens = async () => ({
    rds: async (at: unknown) => {
      made.push(at);
      return `token-${made.length}`;
    },
    msk: async () => '',
  });
  const config: ResolvedMysqlConfig = {
    user: 'app',
    password: '',
    host: 'one.x.eu-west-1.rds.amazonaws.com',
    port: 3306,
    auth: 'rds_iam',
    hosts: ['two.x.eu-central-1.rds.amazonaws.com:3307'],
  };

  test('gets a token of its own for each server and each connection, in the region of its name', async () => {
    const targets = mysqlTargets(config, { tokens, region: 'us-east-1' });
    for (const target of [...targets, ...targets]) await target.login?.current();
    expect(made).toEqual([
      { host: config.host, port: 3306, user: 'app', region: 'eu-west-1' },
      { host: 'two.x.eu-central-1.rds.amazonaws.com', port: 3307, user: 'app', region: 'eu-central-1' },
      { host: config.host, port: 3306, user: 'app', region: 'eu-west-1' },
      { host: 'two.x.eu-central-1.rds.amazonaws.com', port: 3307, user: 'app', region: 'eu-central-1' },
    ]);
    expect(await targets[0].login?.current()).toEqual({ user: 'app', password: 'token-5' });
  });

  test.each([
    [undefined, { kind: 'verified' }],
    [true, { kind: 'verified' }],
    [{ ca: 'PEM' }, { kind: 'verified', ca: 'PEM' }],
    [{ verify: false }, { kind: 'required' }],
  ])('with tls %j verifies the server unless it is told not to', (tls, wanted) => {
    const given = tls === undefined ? config : { ...config, tls };
    expect(mysqlTargets(given, { tokens })[0].tls).toEqual(wanted);
  });

  test('is refused where there is no role', () => {
    expect(() => mysqlTargets(config)).toThrow(expect.objectContaining({ code: 'CDC_NOT_SUPPORTED' }));
  });
});
