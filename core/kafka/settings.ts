import { CdcError, type FieldProblem } from '../errors.ts';
import type { ResolvedKafkaConf, ResolvedTls } from '../task-secrets.ts';

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';
export type Compression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** A Kafka cluster and who we are there. */
export interface KafkaSettings {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly sasl: {
    readonly mechanism: SaslMechanism;
    readonly username: string;
    readonly password: string;
  } | null;
  /** As Node's tls.connect takes it; null: no encryption. */
  readonly tls: KafkaTls | null;
  readonly clientId: string;
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

/** CDC_INVALID_REQUEST names every field that is wrong. */
export function kafkaSettings(conf: ResolvedKafkaConf, clientId: string): KafkaSettings {
  const problems: FieldProblem[] = [];
  for (const [index, broker] of conf.brokers.entries()) {
    const problem = brokerProblem(broker);
    if (problem !== null) problems.push({ path: `kafka_conf.brokers[${index}]`, problem });
  }
  const { user, password } = conf;
  if (conf.enable_sasl && (user === undefined || user === '')) {
    problems.push({ path: 'kafka_conf.user', problem: 'is needed with enable_sasl' });
  }
  if (conf.enable_sasl && (password === undefined || password === '')) {
    problems.push({ path: 'kafka_conf.password', problem: 'is needed with enable_sasl' });
  }
  if (problems.length > 0) throw invalid(problems);
  const mechanism = conf.mechanism ?? 'plain';
  const sasl = conf.enable_sasl ? { mechanism, username: user ?? '', password: password ?? '' } : null;
  return { brokers: conf.brokers, sasl, tls: tlsOf(conf.tls), clientId };
}

export function kafkaSinkOptions(conf: ResolvedKafkaConf): KafkaSinkOptions {
  return {
    // what every consumer can read: many clients bring no lz4 or zstd of their own
    compression: conf.compression ?? 'none',
    ...(conf.partitions === undefined ? {} : { partitions: conf.partitions }),
    ...(conf.replication === undefined ? {} : { replication: conf.replication }),
  };
}
