/**
 * Login on a fresh connection: SaslHandshake v1 names the mechanism, SaslAuthenticate v0 carries its messages.
 * PLAIN is RFC 4616, SCRAM RFC 5802 and 7677; the server's signature is checked, so that it has to know the password
 * as well.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { CdcError } from '../../../../core/errors.ts';
import type { KafkaSettings } from '../../../../core/kafka/settings.ts';
import type { Api, KafkaConnection } from './connection.ts';
import { brokerError } from './error-codes.ts';

const HANDSHAKE: Api<{ readonly code: number; readonly mechanisms: readonly (string | null)[] }> = {
  key: 17,
  version: 1,
  name: 'SaslHandshake',
  read: (reader) => ({ code: reader.int16(), mechanisms: reader.array(() => reader.string()) }),
};

const AUTHENTICATE: Api<{ readonly code: number; readonly message: string; readonly bytes: Buffer }> = {
  key: 36,
  version: 0,
  name: 'SaslAuthenticate',
  read: (reader) => ({ code: reader.int16(), message: reader.string() ?? '', bytes: reader.bytes() }),
};

const ITERATIONS_MIN = 4_096;
/** More would only keep us busy: Kafka's own limit is 16384. */
const ITERATIONS_MAX = 1_000_000;

type Sasl = NonNullable<KafkaSettings['sasl']>;

const denied = (text: string): CdcError =>
  new CdcError('CDC_SINK_ACCESS_DENIED', `logging in to Kafka: ${text}`);

async function exchange(connection: KafkaConnection, message: Buffer): Promise<Buffer> {
  const answer = await connection.send(AUTHENTICATE, (body) => body.bytes([message]));
  if (answer.code !== 0) throw brokerError(answer.code, 'logging in to Kafka', answer.message);
  return answer.bytes;
}

/** CDC_SINK_ACCESS_DENIED where the broker does not let us in. */
export async function authenticate(connection: KafkaConnection, sasl: Sasl): Promise<void> {
  const mechanism = sasl.mechanism.toUpperCase();
  const { code, mechanisms } = await connection.send(HANDSHAKE, (body) => body.string(mechanism));
  if (code !== 0) throw brokerError(code, 'logging in to Kafka', `it takes ${mechanisms.join(', ')}`);
  switch (sasl.mechanism) {
    case 'plain':
      await exchange(connection, Buffer.from(`\0${sasl.username}\0${sasl.password}`));
      return;
    case 'scram-sha-256':
      await scram(connection, sasl, 'sha256');
      return;
    default:
      await scram(connection, sasl, 'sha512');
  }
}

/** `a=...,b=...` by letter. */
function attributes(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(',').map((item) => [item.slice(0, 1), item.slice(2)]));
}

async function scram(connection: KafkaConnection, sasl: Sasl, hash: 'sha256' | 'sha512'): Promise<void> {
  const name = sasl.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const nonce = randomBytes(24).toString('base64url');
  const firstBare = `n=${name},r=${nonce}`;
  const serverFirst = (await exchange(connection, Buffer.from(`n,,${firstBare}`))).toString('utf8');
  const told = attributes(serverFirst);
  const serverNonce = told.get('r') ?? '';
  const iterations = Number(told.get('i'));
  if (!serverNonce.startsWith(nonce) || serverNonce === nonce)
    throw denied('the nonce of the broker is not ours');
  if (!(iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX))
    throw denied(`${told.get('i')} iterations`);
  const salt = Buffer.from(told.get('s') ?? '', 'base64');
  const size = hash === 'sha256' ? 32 : 64;
  const salted = await promisify(pbkdf2)(sasl.password.normalize('NFKC'), salt, iterations, size, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  const finalBare = `c=${Buffer.from('n,,').toString('base64')},r=${serverNonce}`;
  const message = `${firstBare},${serverFirst},${finalBare}`;
  const signature = hmac(storedKey, message);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  const serverFinal = await exchange(connection, Buffer.from(`${finalBare},p=${proof.toString('base64')}`));
  const verifier = Buffer.from(attributes(serverFinal.toString('utf8')).get('v') ?? '', 'base64');
  const expected = hmac(hmac(salted, 'Server Key'), message);
  if (verifier.length !== expected.length || !timingSafeEqual(verifier, expected)) {
    throw denied('the broker does not know the password');
  }
}
