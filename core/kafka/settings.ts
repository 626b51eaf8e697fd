import { CdcError, type FieldProblem } from '../errors.ts';
import { mskRegion } from '../iam-tokens.ts';
import { freshLogin, type LoginSource } from '../login.ts';
import { kafkaLoginProblems } from '../login-problems.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import type { ServerAccess } from '../server-access.ts';
import type { ResolvedKafkaConf, ResolvedTls } from '../task-secrets.ts';

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'aws_msk_iam';
export type Compression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** A Kafka cluster and who we are there. */
export interface KafkaSettings {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly sasl: {
    readonly mechanism: SaslMechanism;
    readonly username: string;
    readonly password: string;
    /** Asked at each connection; absent: `username` and `password` as they stand. */
    readonly login?: LoginSource;
  } | null;
  /** As Node's tls.connect takes it; null: no encryption. */
  readonly tls: KafkaTls | null;
  readonly clientId: string;
  /** Absent: every address may be reached. */
  readonly network?: NetworkPolicy;
}

export interface KafkaTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** What a sink adds to the connection. */
export interface KafkaSinkOptions {
  readonly compression: Compression;
  /** Of topics that the sink makes; absent: the broker's default. */
  readonly partitions?: number;
  readonly replication?: number;
}

function tlsOf(tls: ResolvedTls | undefined): KafkaTls | null {
  if (tls === undefined || tls === false) return null;
  if (tls === true) return { rejectUnauthorized: true };
  const { verify, ...rest } = tls;
  return { ...rest, rejectUnauthorized: verify !== false };
}

function brokerProblem(broker: string): string | null {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s/@]+):(\d{1,5})$/.exec(broker);
  const port = Number(match?.[2] ?? 0);
  return match === null || port < 1 || port > 65_535 ? `"${broker}" must be host:port` : null;
}

function invalid(problems: readonly FieldProblem[]): CdcError {
  return new CdcError('CDC_INVALID_REQUEST', 'the Kafka settings do not fit', { details: problems });
}

function tokenLogin(conf: ResolvedKafkaConf, { tokens, region: fallback }: ServerAccess): LoginSource {
  if (tokens === undefined) {
    const message = '"mechanism": "aws_msk_iam" is not to be had here: there is no AWS role';
    throw new CdcError('CDC_NOT_SUPPORTED', message);
  }
  const region = mskRegion(conf.region, conf.brokers, fallback);
  return freshLogin(async () => ({ user: '', password: await (await tokens()).msk(region) }));
}

function saslOf(
  conf: ResolvedKafkaConf,
  access: ServerAccess,
  login: LoginSource | undefined,
): KafkaSettings['sasl'] {
  if (!conf.enable_sasl) return null;
  const { mechanism = 'plain', user: username = '', password = '' } = conf;
  const source = mechanism === 'aws_msk_iam' ? tokenLogin(conf, access) : login;
  return { mechanism, username, password, ...(source === undefined ? {} : { login: source }) };
}

/** CDC_INVALID_REQUEST names every field that is wrong. `login` of a password that may change. */
export function kafkaSettings(
  conf: ResolvedKafkaConf,
  clientId: string,
  access: ServerAccess = {},
  login?: LoginSource,
): KafkaSettings {
  const problems: FieldProblem[] = kafkaLoginProblems(conf);
  for (const [index, broker] of conf.brokers.entries()) {
    const problem = brokerProblem(broker);
    if (problem !== null) problems.push({ path: `kafka_conf.brokers[${index}]`, problem });
  }
  if (problems.length > 0) throw invalid(problems);
  const { network } = access;
  return {
    brokers: conf.brokers,
    sasl: saslOf(conf, access, login),
    // a token may be shown to its brokers only
    tls: tlsOf(conf.mechanism === 'aws_msk_iam' ? (conf.tls ?? true) : conf.tls),
    clientId,
    ...(network === undefined ? {} : { network }),
  };
}

export function kafkaSinkOptions(conf: ResolvedKafkaConf): KafkaSinkOptions {
  return {
    // what every consumer can read: many clients bring no lz4 or zstd of their own
    compression: conf.compression ?? 'none',
    ...(conf.partitions === undefined ? {} : { partitions: conf.partitions }),
    ...(conf.replication === undefined ? {} : { replication: conf.replication }),
  };
}
