import { connect as connectTcp, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import kafkajs from 'kafkajs';
import './codecs.ts';
import { CdcError } from '../errors.ts';
import { connectWith, type Login } from '../login.ts';
import { checkLiteral } from '../network-policy.ts';
import { lookupOf } from '../server-access.ts';
import { kafkaError } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

const { Kafka, logLevel } = kafkajs;

export interface ClientTimeouts {
  readonly connectionMs: number;
  readonly requestMs: number;
  readonly retries: number;
}

export const PATIENT: ClientTimeouts = { connectionMs: 5_000, requestMs: 30_000, retries: 8 };
export const QUICK: ClientTimeouts = { connectionMs: 3_000, requestMs: 5_000, retries: 0 };

const KEEP_ALIVE_MS = 60_000;
const REAUTHENTICATE_MS = 500;

type SocketFactory = NonNullable<kafkajs.KafkaConfig['socketFactory']>;

/** Sockets that reach no address which a task may not reach. */
function socketFactory({ network }: KafkaSettings): SocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    try {
      checkLiteral(network, host);
    } catch (error) {
      return new Socket().destroy(error instanceof Error ? error : new Error(String(error)));
    }
    const place = { host, port, ...lookupOf(network) };
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl
      ? connectTls({ ...place, ...servername, ...ssl }, onConnect)
      : connectTcp(place, onConnect);
    return socket.setKeepAlive(true, KEEP_ALIVE_MS);
  };
}

type AuthenticationProvider = kafkajs.Mechanism['authenticationProvider'];

/** kafkajs has an own one, which takes a refusal for a login: then the broker hangs up without a word. */
function bearerLogin(token: () => Promise<string>): AuthenticationProvider {
  return ({ saslAuthenticate }) => {
    const exchange = async (text: string): Promise<string> => {
      const message = Buffer.from(text);
      const size = Buffer.alloc(4);
      size.writeInt32BE(message.length);
      const answer = await saslAuthenticate({
        request: { encode: () => Buffer.concat([size, message]) },
        // with its size in front
        response: { decode: (bytes) => bytes, parse: (bytes) => bytes.toString('utf8', 4) },
      });
      return answer ?? '';
    };
    return {
      authenticate: async () => {
        const answer = await exchange(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`);
        if (answer === '') return;
        // ends the exchange; the broker then says that it failed
        await exchange('\u0001').catch(() => undefined);
        throw new CdcError('CDC_SINK_ACCESS_DENIED', `the token is refused: ${answer.slice(0, 200)}`);
      },
    };
  };
}

function saslOptions(
  sasl: KafkaSettings['sasl'],
  login: Login | undefined,
): kafkajs.SASLOptions | kafkajs.Mechanism | null {
  if (sasl === null) return null;
  const { user, password } = login ?? { user: sasl.username, password: sasl.password };
  switch (sasl.mechanism) {
    case 'aws_msk_iam': {
      // a token is old soon: where none was given each connection makes its own
      const token = async (): Promise<string> =>
        login === undefined ? ((await sasl.login?.current())?.password ?? password) : password;
      return { mechanism: 'OAUTHBEARER', authenticationProvider: bearerLogin(token) };
    }
    case 'plain':
      return { mechanism: 'plain', username: user, password };
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username: user, password };
    default:
      return { mechanism: 'scram-sha-512', username: user, password };
  }
}

/** A kafkajs client; it logs nothing, errors are for the caller. `login` absent: that of the settings. */
export function kafkaClient(settings: KafkaSettings, timeouts: ClientTimeouts, login?: Login): kafkajs.Kafka {
  const { tls } = settings;
  const sasl = saslOptions(settings.sasl, login);
  return new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    ssl: tls === null ? false : { ...tls },
    ...(sasl === null ? {} : { sasl }),
    socketFactory: socketFactory(settings),
    connectionTimeout: timeouts.connectionMs,
    authenticationTimeout: timeouts.connectionMs,
    requestTimeout: timeouts.requestMs,
    // by default it logs in again 10 s before the end of a login: of one that is shorter it makes a wrong order of requests
    reauthenticationThreshold: REAUTHENTICATE_MS,
    enforceRequestTimeout: true,
    retry: { retries: timeouts.retries, initialRetryTime: 200, maxRetryTime: 5_000 },
    logLevel: logLevel.NOTHING,
  });
}

function refusalOf(error: unknown): CdcError | null {
  const failure = kafkaError(error, 'logging in to Kafka');
  return failure.code === 'CDC_SINK_ACCESS_DENIED' ? failure : null;
}

/** A kafkajs admin client that is logged in, for the time of `work`. Throws kafkajs' errors as they are. */
export async function withAdmin<T>(
  settings: KafkaSettings,
  timeouts: ClientTimeouts,
  work: (admin: kafkajs.Admin) => Promise<T>,
): Promise<T> {
  const connect = async (login?: Login): Promise<kafkajs.Admin> => {
    const admin = kafkaClient(settings, timeouts, login).admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      await admin.disconnect().catch(() => undefined);
      throw error;
    }
  };
  const source = settings.sasl?.login;
  const admin = await (source === undefined ? connect() : connectWith(source, connect, refusalOf));
  try {
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
