/** A broker with TLS of its own authority, whose logins end after two seconds: SCRAM and OAUTHBEARER. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkKafka } from '../../../../core/kafka/check.ts';
import type { KafkaSettings } from '../../../../core/kafka/settings.ts';
import { freshLogin, type LoginSource } from '../../../../core/login.ts';
import { MessageBatch } from '../../../../core/message-batch.ts';
import { networkPolicy } from '../../../../core/network-policy.ts';
import { SecretLogin } from '../../../../core/secret-login.ts';
import type { KafkaAddress } from '../../../../infra/local/addresses.ts';
import { startNative } from '../../../../infra/local/native/native-provider.ts';
import type { RunningServers } from '../../../../infra/local/provider.ts';
import { KafkaSink } from '../../../../runner/sinks/kafka/kafka-sink.ts';
import { TransactionalKafkaSink } from '../../../../runner/sinks/kafka/transactional-sink.ts';
import { KafkaConnection } from '../../../../runner/sinks/kafka/wire/connection.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { changeScramPassword } from '../../../support/scram-password.ts';

const REAUTH_MS = 2_000;
const certificates = makeCertificates('localhost');
const fresh = (): string => `access-${randomBytes(5).toString('hex')}`;

let servers: RunningServers;
let kafka: KafkaAddress;
let brokers: readonly string[];
const sinks: { close(): Promise<void> }[] = [];
const opened = vi.spyOn(KafkaConnection, 'open');

beforeAll(async () => {
  servers = await startNative(
    { kafka: true, kafkaTls: { ...certificates, reauthMs: REAUTH_MS } },
    { env: process.env, log: () => undefined },
  );
  if (servers.addresses.kafka?.tlsBrokers === undefined) throw new Error('no Kafka with TLS was started');
  kafka = servers.addresses.kafka;
  brokers = servers.addresses.kafka.tlsBrokers;
});
afterAll(async () => {
  opened.mockRestore();
  await servers.stop();
});
beforeEach(() => {
  opened.mockClear();
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

type Sasl = NonNullable<KafkaSettings['sasl']>;

const scram = (more: Partial<Sasl> = {}): Sasl => ({
  mechanism: 'scram-sha-512',
  username: kafka.user,
  password: kafka.password,
  ...more,
});
const bearer = (login: LoginSource): Sasl => ({
  mechanism: 'aws_msk_iam',
  username: '',
  password: '',
  login,
});

const settings = (sasl: Sasl, more: Partial<KafkaSettings> = {}): KafkaSettings => ({
  brokers,
  sasl,
  tls: { ca: certificates.ca, rejectUnauthorized: true },
  clientId: 'test',
  ...more,
});

/** What Kafka's validator for tests takes: a JWT without a signature. */
function unsignedToken(lifetimeS: number): string {
  const nowS = Math.floor(Date.now() / 1_000);
  const part = (fields: object): string => Buffer.from(JSON.stringify(fields)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: 'galaxy', iat: nowS - 1, exp: nowS + lifetimeS })}.`;
}

/** Gives tokens and counts them. */
function tokens(lifetimeS = 900): { readonly source: LoginSource; readonly made: () => number } {
  let made = 0;
  const source = freshLogin(async () => {
    made += 1;
    return { user: '', password: unsignedToken(lifetimeS) };
  });
  return { source, made: () => made };
}

const options = { compression: 'none', partitions: 3 } as const;

async function openSink(given: KafkaSettings): Promise<KafkaSink> {
  const sink = new KafkaSink(given, options);
  sinks.push(sink);
  await sink.open();
  return sink;
}

function batchOf(topic: string, from: number, count: number): MessageBatch {
  const batch = new MessageBatch();
  for (let index = from; index < from + count; index += 1) batch.add(topic, `k${index % 20}`, String(index));
  return batch;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Every number once, and each key's in the order of the writes; read past the login. */
async function expectAll(topic: string, count: number): Promise<void> {
  const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: fresh(), maxWaitTimeInMs: 100 });
  const seen: number[] = [];
  const lastOf = new Map<string, number>();
  let inOrder = true;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const [key, number] = [String(message.key), Number(message.value)];
      inOrder &&= number > (lastOf.get(key) ?? -1);
      lastOf.set(key, number);
      seen.push(number);
    },
  });
  const endMs = Date.now() + 20_000;
  while (Date.now() < endMs && seen.length < count) await sleep(50);
  await sleep(300);
  await consumer.disconnect();
  expect(seen.sort((a, b) => a - b)).toEqual(range(count));
  expect(inOrder).toBe(true);
}

/** Writes while `goesOn` says so, always with some of it in flight; how many messages. */
async function load(sink: KafkaSink, topic: string, goesOn: () => boolean): Promise<number> {
  const writes: Promise<void>[] = [];
  let count = 0;
  while (goesOn()) {
    writes.push(sink.write(batchOf(topic, count, 20)));
    count += 20;
    await sleep(10);
  }
  await Promise.all(writes);
  return count;
}

describe('TLS', () => {
  test('SCRAM over TLS with an authority of its own delivers, and the check says so', async () => {
    const topic = fresh();
    const sink = await openSink(settings(scram()));
    await sink.write(batchOf(topic, 0, 100));
    await expectAll(topic, 100);
    expect(await checkKafka(settings(scram()))).toMatchObject([{ status: 'pass' }, { status: 'pass' }]);
  });

  const port = (): string => brokers[0]?.split(':')[1] ?? '';
  test.each([
    ['a host that the certificate does not name', () => ({ brokers: [`127.0.0.1:${port()}`] })],
    ['an authority that is not known', () => ({ tls: { rejectUnauthorized: true } })],
    [
      'another authority',
      () => ({ tls: { ca: makeCertificates('localhost').ca, rejectUnauthorized: true } }),
    ],
    [
      'a name that was asked for',
      () => ({ tls: { ca: certificates.ca, servername: 'other.example', rejectUnauthorized: true } }),
    ],
  ])('%s is refused by the sink and by the check', async (_what, more) => {
    const given = settings(scram(), more());
    await expect(new KafkaSink(given, options).open()).rejects.toMatchObject({ code: 'CDC_SINK_TLS' });
    expect(await checkKafka(given)).toMatchObject([{ status: 'fail', code: 'CDC_SINK_TLS' }]);
  });

  test('servername stands for a host that the certificate does not name', async () => {
    const tls = { ca: certificates.ca, servername: 'localhost', rejectUnauthorized: true };
    const given = settings(scram(), { brokers: [`127.0.0.1:${port()}`], tls });
    const topic = fresh();
    await (await openSink(given)).write(batchOf(topic, 0, 5));
    expect(await checkKafka(given)).toMatchObject([{ status: 'pass' }, { status: 'pass' }]);
  });

  test('a connection without TLS is told that the broker may want it', async () => {
    await expect(new KafkaSink(settings(scram(), { tls: null }), options).open()).rejects.toMatchObject({
      code: 'CDC_SINK_UNREACHABLE',
      message: expect.stringContaining('TLS'),
    });
  });

  test('the address of a broker that the cluster advertises is held to the networks as well', async () => {
    // localhost is where the advertised listener is, and what the policy refuses
    const network = networkPolicy({ networks: [], loopback: false });
    await expect(new KafkaSink(settings(scram(), { network }), options).open()).rejects.toMatchObject({
      code: 'CDC_HOST_NOT_ALLOWED',
    });
    expect(await checkKafka(settings(scram(), { network }))).toMatchObject([
      { status: 'fail', code: 'CDC_HOST_NOT_ALLOWED' },
    ]);
  });
});

describe('OAUTHBEARER', () => {
  test('each connection has a token of its own, in the sink and in the check', async () => {
    const { source, made } = tokens();
    const topic = fresh();
    const sink = await openSink(settings(bearer(source)));
    await sink.write(batchOf(topic, 0, 50));
    await expectAll(topic, 50);
    const before = made();
    expect(await checkKafka(settings(bearer(source)))).toMatchObject([
      { status: 'pass' },
      { status: 'pass' },
    ]);
    expect(made()).toBeGreaterThan(before);
  });

  test('a token that is refused is told with the word of the broker', async () => {
    const given = settings(bearer(tokens(-300).source));
    await expect(new KafkaSink(given, options).open()).rejects.toMatchObject({
      code: 'CDC_SINK_ACCESS_DENIED',
      message: expect.stringContaining('invalid_token'),
      retryable: false,
    });
    expect(await checkKafka(given)).toMatchObject([{ status: 'fail', code: 'CDC_SINK_ACCESS_DENIED' }]);
  });
});

describe('logins that end', () => {
  test.each(['scram', 'bearer'] as const)(
    '%s is renewed under load on the open connection, and nothing is lost, repeated or out of order',
    async (kind) => {
      const { source, made } = tokens();
      let logins = 0;
      const counted: LoginSource = {
        current: async () => {
          logins += 1;
          return { user: kafka.user, password: kafka.password };
        },
        afterRefusal: (_login, refusal) => Promise.reject(refusal),
        accepted: () => undefined,
      };
      const topic = fresh();
      const sasl = kind === 'bearer' ? bearer(source) : scram({ login: counted });
      const sink = await openSink(settings(sasl));
      const endMs = Date.now() + 3 * REAUTH_MS;
      const count = await load(sink, topic, () => Date.now() < endMs);
      const connections = opened.mock.calls.length;
      // the others are renewals
      expect((kind === 'bearer' ? made() : logins) - connections).toBeGreaterThanOrEqual(2);
      await expectAll(topic, count);
    },
  );

  test('an idle connection is good for a write long after its first login ended', async () => {
    const topic = fresh();
    const sink = await openSink(settings(scram()));
    await sink.write(batchOf(topic, 0, 10));
    const before = opened.mock.calls.length;
    await sleep(1.6 * REAUTH_MS);
    await sink.write(batchOf(topic, 10, 10));
    expect(opened.mock.calls.length).toBe(before);
    await expectAll(topic, 20);
  });

  test('a process that stood still for longer than its login goes on', async () => {
    const topic = fresh();
    const sink = await openSink(settings(scram()));
    const first = [sink.write(batchOf(topic, 0, 20)), sink.write(batchOf(topic, 20, 20))];
    await sleep(50);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REAUTH_MS + 500);
    const then = [sink.write(batchOf(topic, 40, 20)), sink.write(batchOf(topic, 60, 20))];
    await Promise.all([...first, ...then]);
    await expectAll(topic, 80);
  });

  test('transactions go on over it', async () => {
    const topic = fresh();
    const sink = await vi.waitFor(
      async () => {
        const made = new TransactionalKafkaSink(settings(scram()), options, fresh(), () => undefined);
        sinks.push(made);
        await made.open();
        return made;
      },
      // of a topic for positions that was made a moment ago the leader may not know it yet
      { timeout: 20_000, interval: 250 },
    );
    let count = 0;
    for (const endMs = Date.now() + 1.6 * REAUTH_MS; Date.now() < endMs; count += 20) {
      const batch = batchOf(topic, count, 20);
      batch.commit = { messages: batch.count, mark: `m${count}` };
      await sink.write(batch);
      await sleep(20);
    }
    await expectAll(topic, count);
  });

  test('a password that was changed in the broker and then in the secret is picked up under load', async () => {
    const secret = { user: kafka.user, password: kafka.password };
    const login = new SecretLogin({
      first: { ...secret },
      read: async () => ({ ...secret }),
      graceMs: 60_000,
      now: Date.now,
    });
    const topic = fresh();
    const sink = await openSink(settings(scram({ login })));
    let isChanged: boolean = false;
    const loading = load(sink, topic, () => !isChanged);
    loading.catch(() => undefined);
    const password = `new-${fresh()}`;
    await changeScramPassword(kafka.brokers[0] ?? '', kafka.user, password);
    // the next renewal is refused, and so is each new connection until the secret says the same as the broker
    await vi.waitFor(() => expect(opened.mock.calls.length).toBeGreaterThan(3), { timeout: 60_000 });
    secret.password = password;
    await sleep(REAUTH_MS);
    isChanged = true;
    await expectAll(topic, await loading);
    await changeScramPassword(kafka.brokers[0] ?? '', kafka.user, kafka.password);
  });
});
