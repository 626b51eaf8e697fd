/**
 * Login: SaslHandshake v1 names the mechanism, SaslAuthenticate v1 carries its messages, and its last answer how long
 * the login holds. PLAIN is RFC 4616; SCRAM RFC 5802 and 7677, the server's signature is checked, so that it has to
 * know the password as well; OAUTHBEARER RFC 7628, with a token that was made for this login.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { unreachable } from '../../../../core/assert.ts';
import { CdcError } from '../../../../core/errors.ts';
import type { SaslMechanism } from '../../../../core/kafka/settings.ts';
import type { Login } from '../../../../core/login.ts';
import type { Api, Send } from './connection.ts';
import { brokerError } from './error-codes.ts';

const HANDSHAKE: Api<{ readonly code: number; readonly mechanisms: readonly (string | null)[] }> = {
  key: 17,
  version: 1,
  name: 'SaslHandshake',
  read: (reader) => ({ code: reader.int16(), mechanisms: reader.array(() => reader.string()) }),
};

interface Authenticated {
  readonly code: number;
  readonly message: string;
  readonly bytes: Buffer;
  /** 0: the login does not end. */
  readonly lifetimeMs: number;
}

const AUTHENTICATE: Api<Authenticated> = {
  key: 36,
  version: 1,
  name: 'SaslAuthenticate',
  read: (reader) => ({
    code: reader.int16(),
    message: reader.string() ?? '',
    bytes: reader.bytes(),
    lifetimeMs: Number(reader.int64()),
  }),
};

const ITERATIONS_MIN = 4_096;
/** More would only keep us busy: Kafka's own limit is 16384. */
const ITERATIONS_MAX = 1_000_000;

const denied = (text: string): CdcError =>
  new CdcError('CDC_SINK_ACCESS_DENIED', `logging in to Kafka: ${text}`);

async function exchange(send: Send, message: Buffer): Promise<Authenticated> {
  const answer = await send(AUTHENTICATE, (body) => body.bytes([message]));
  if (answer.code !== 0) throw brokerError(answer.code, 'logging in to Kafka', answer.message);
  return answer;
}

const WIRE_NAMES = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
  aws_msk_iam: 'OAUTHBEARER',
} as const satisfies Record<SaslMechanism, string>;

/**
 * CDC_SINK_ACCESS_DENIED where the broker does not let us in; how long the login holds in ms, 0 for ever. The same on
 * a connection that is logged in already.
 */
export async function authenticate(send: Send, mechanism: SaslMechanism, login: Login): Promise<number> {
  const { code, mechanisms } = await send(HANDSHAKE, (body) => body.string(WIRE_NAMES[mechanism]));
  if (code !== 0) throw brokerError(code, 'logging in to Kafka', `it takes ${mechanisms.join(', ')}`);
  switch (mechanism) {
    case 'plain':
      return (await exchange(send, Buffer.from(`\0${login.user}\0${login.password}`))).lifetimeMs;
    case 'scram-sha-256':
      return await scram(send, login, 'sha256');
    case 'scram-sha-512':
      return await scram(send, login, 'sha512');
    case 'aws_msk_iam':
      return await bearer(send, login.password);
    default:
      return unreachable(mechanism);
  }
}

/** A token that is refused is answered with a text; the exchange then has to be ended by one byte. */
async function bearer(send: Send, token: string): Promise<number> {
  const { bytes, lifetimeMs } = await exchange(
    send,
    Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`),
  );
  if (bytes.length === 0) return lifetimeMs;
  await exchange(send, Buffer.from('\u0001'));
  throw denied(`the token is refused: ${bytes.toString('utf8').slice(0, 200)}`);
}

/** `a=...,b=...` by letter. */
function attributes(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(',').map((item) => [item.slice(0, 1), item.slice(2)]));
}

async function scram(send: Send, { user, password }: Login, hash: 'sha256' | 'sha512'): Promise<number> {
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const nonce = randomBytes(24).toString('base64url');
  const firstBare = `n=${name},r=${nonce}`;
  const serverFirst = (await exchange(send, Buffer.from(`n,,${firstBare}`))).bytes.toString('utf8');
  const told = attributes(serverFirst);
  const serverNonce = told.get('r') ?? '';
  const iterations = Number(told.get('i'));
  if (!serverNonce.startsWith(nonce) || serverNonce === nonce)
    throw denied('the nonce of the broker is not ours');
  if (!(iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX))
    throw denied(`${told.get('i')} iterations`);
  const salt = Buffer.from(told.get('s') ?? '', 'base64');
  const size = hash === 'sha256' ? 32 : 64;
  const salted = await promisify(pbkdf2)(password.normalize('NFKC'), salt, iterations, size, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  const finalBare = `c=${Buffer.from('n,,').toString('base64')},r=${serverNonce}`;
  const message = `${firstBare},${serverFirst},${finalBare}`;
  const signature = hmac(storedKey, message);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  const { bytes, lifetimeMs } = await exchange(
    send,
    Buffer.from(`${finalBare},p=${proof.toString('base64')}`),
  );
  const verifier = Buffer.from(attributes(bytes.toString('utf8')).get('v') ?? '', 'base64');
  const expected = hmac(hmac(salted, 'Server Key'), message);
  if (verifier.length !== expected.length || !timingSafeEqual(verifier, expected)) {
    throw denied('the broker does not know the password');
  }
  return lifetimeMs;
}
