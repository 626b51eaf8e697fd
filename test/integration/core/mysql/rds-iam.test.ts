import { afterEach, expect, test } from 'vitest';
import { createIamTokens } from '../../../../core/aws/iam-tokens.ts';
import { eachEvent } from '../../../../core/event-runs.ts';
import { openDump } from '../../../../core/mysql/dump.ts';
import { connectMysql } from '../../../../core/mysql/session.ts';
import { type MysqlTarget, mysqlTargets } from '../../../../core/mysql/target.ts';
import { networkPolicy } from '../../../../core/network-policy.ts';
import type { ResolvedTls } from '../../../../core/task-secrets.ts';
import { checkMysql } from '../../../../functions/source-check/mysql.ts';
import { type Certificates, makeCertificates } from '../../../support/certificates.ts';
import { RdsServer } from '../../../support/rds-server.ts';
import { mysqlServers } from '../../../support/servers.ts';

const NAME = 'db.abc.eu-west-1.rds.amazonaws.com';
const KEY = 'the-secret-access-key';
const certificates = makeCertificates(NAME);
const upstream = (mysqlServers().find(({ name }) => name === 'mysql97') ?? mysqlServers()[0])?.address;
const servers: RdsServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function rds(offered: Certificates | null = certificates): Promise<RdsServer> {
  if (upstream === undefined) throw new Error('this test needs a MySQL');
  const server = await RdsServer.start({ upstream, certificates: offered, secretAccessKey: KEY });
  servers.push(server);
  return server;
}

let atMs = Date.UTC(2026, 0, 1);
const TLS = { ca: certificates.ca, servername: NAME };

function targetOf(port: number, tls: ResolvedTls = TLS, secretAccessKey = KEY): MysqlTarget {
  // a second later each time: two tokens are never the same
  const now = (): number => (atMs += 1_000);
  const credentials = async () => ({ accessKeyId: 'AKID', secretAccessKey, sessionToken: 'role' });
  const config = { user: 'app', password: '', host: '127.0.0.1', port, auth: 'rds_iam', tls } as const;
  const [target] = mysqlTargets(config, {
    tokens: async () => createIamTokens({ credentials, now }),
    region: 'eu-west-1',
    network: networkPolicy({ networks: [], loopback: true }),
  });
  return target;
}

test('each connection logs in with a token of its own, and reads the binlog', async () => {
  const server = await rds();
  const target = targetOf(server.port);
  const session = await connectMysql(target);
  expect(await session.query('SELECT 1 AS one')).toEqual([{ one: '1' }]);
  const { file, position } = await session.currentPosition();
  await session.end();
  const dump = await openDump({
    target,
    serverId: 4_000_000_001,
    flavor: 'mysql',
    heartbeatMs: 1_000,
    from: { kind: 'position', file, position },
    stopAtEnd: true,
  });
  const events: Buffer[] = [];
  for await (const chunk of dump) events.push(...[...eachEvent(chunk)].map((bytes) => Buffer.from(bytes)));
  // ROTATE_EVENT, which names where it begins
  expect(events[0]?.[4]).toBe(4);
  expect(server.logins.map(({ region, expiresSeconds }) => [region, expiresSeconds])).toEqual(
    server.logins.map(() => ['eu-west-1', 900]),
  );
  expect(server.logins.length).toBeGreaterThanOrEqual(2);
  expect(new Set(server.tokens).size).toBe(server.tokens.length);
});

test('the checks log in the same way', async () => {
  const server = await rds();
  const findings = await checkMysql([targetOf(server.port)], { databases: [], tables: [], exclude: [] });
  expect(findings[0]).toMatchObject({ name: 'connect', status: 'pass' });
});

test('a token of another key is refused, and no message holds it', async () => {
  const server = await rds();
  const refused = connectMysql(targetOf(server.port, TLS, 'another key'));
  await expect(refused).rejects.toMatchObject({ code: 'CDC_SOURCE_ACCESS_DENIED', retryable: false });
  const text = await refused.catch(
    (error: Error) => `${error.message} ${error.stack} ${String(error.cause)}`,
  );
  expect(text).not.toMatch(/X-Amz|Signature/);
  expect(server.tokens).toHaveLength(1);
});

test.each([
  ['no server of that name', { ca: certificates.ca, servername: 'other.example' }],
  ['not the host of the address', { ca: certificates.ca }],
  ['an authority that is not known', { servername: NAME }],
])('%s gets no token', async (_what, tls) => {
  const server = await rds();
  await expect(connectMysql(targetOf(server.port, tls))).rejects.toMatchObject({ code: 'CDC_SOURCE_TLS' });
  expect(server.tokens).toEqual([]);
});

test('a server without TLS gets no token, whatever the client believes of it', async () => {
  const server = await rds(null);
  const target = targetOf(server.port);
  await expect(connectMysql(target)).rejects.toMatchObject({ code: 'CDC_SOURCE_TLS' });
  const careless = { ...target, tls: { kind: 'off' } } as const;
  await expect(connectMysql(careless)).rejects.toMatchObject({ code: 'CDC_SOURCE_TLS' });
  expect(server.tokens).toEqual([]);
});

test('a server that asks for a password as it is does not get it, with TLS or without', async () => {
  for (const offered of [certificates, null]) {
    const server = await rds(offered);
    const tls: MysqlTarget['tls'] =
      offered === null ? { kind: 'off' } : { kind: 'verified', ca: certificates.ca, servername: NAME };
    const target = { host: '127.0.0.1', port: server.port, user: 'app', password: 'canary', tls };
    await expect(connectMysql(target)).rejects.toMatchObject({ code: 'CDC_SOURCE_ACCESS_DENIED' });
    expect(server.tokens).toEqual([]);
  }
});

test('an address that a task may not reach is refused by the connection itself', async () => {
  const server = await rds();
  const network = networkPolicy({ networks: [], loopback: false });
  for (const host of ['127.0.0.1', 'localhost']) {
    await expect(connectMysql({ ...targetOf(server.port), host, network })).rejects.toMatchObject({
      code: 'CDC_HOST_NOT_ALLOWED',
    });
  }
  expect(server.tokens).toEqual([]);
});
