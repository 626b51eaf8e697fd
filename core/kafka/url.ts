import { CdcError } from '../errors.ts';
import type { ResolvedKafkaConf } from '../task-secrets.ts';

const PARAMETERS = [
  'topic',
  'tls',
  'mechanism',
  'region',
  'compression',
  'partitions',
  'replication',
] as const;
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'aws_msk_iam'] as const;
type Parameter = (typeof PARAMETERS)[number];

function refuse(problem: string): never {
  throw new CdcError('CDC_INVALID_REQUEST', `the Kafka URL ${problem}`, {
    hint: 'Write kafka://host:port[,host:port][?topic=…&partitions=…&compression=…].',
  });
}

function oneOf<T extends string>(
  name: Parameter,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  return (
    known.find((item) => item === value) ?? refuse(`has an unknown ${name}; known are ${known.join(', ')}`)
  );
}

function count(name: Parameter, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const parsed = Number(value);
  return Number.isInteger(parsed) && parsed > 0
    ? parsed
    : refuse(`has a ${name} that is not a positive number`);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse('has a % that is not followed by two hex digits');
  }
}

function parameters(query: string): Partial<Record<Parameter, string>> {
  const found: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const known = PARAMETERS.find((item) => item === name);
    if (known === undefined)
      return refuse(`has the unknown option ${name}; known are ${PARAMETERS.join(', ')}`);
    found[known] = value;
  }
  return found;
}

const present = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/**
 * Parses `kafka://[user:password@]host:port[,host:port…][?topic=&tls=&mechanism=&region=&compression=&partitions=&replication=]`.
 * CDC_INVALID_REQUEST names the part that is wrong; the URL, which may hold a password, is never quoted.
 */
export function parseKafkaUrl(url: string): ResolvedKafkaConf {
  const match = /^kafka:\/\/(?:(.*)@)?([^@/?]*)\/?(?:\?(.*))?$/s.exec(url);
  if (match === null) return refuse('does not have the form kafka://host:port');
  const [, credentials, hosts = '', query = ''] = match;
  const brokers = hosts.split(',').filter((host) => host !== '');
  if (brokers.length === 0) return refuse('names no broker');
  const options = parameters(query);
  const colon = credentials?.indexOf(':') ?? -1;
  if (credentials !== undefined && colon < 0) return refuse('has a user without a password');
  const mechanism = oneOf('mechanism', options.mechanism, MECHANISMS);
  return {
    brokers,
    enable_sasl: credentials !== undefined || mechanism === 'aws_msk_iam',
    ...(credentials === undefined
      ? {}
      : { user: decoded(credentials.slice(0, colon)), password: decoded(credentials.slice(colon + 1)) }),
    ...present({
      topic: options.topic,
      tls: options.tls === undefined ? undefined : oneOf('tls', options.tls, ['true', 'false']) === 'true',
      mechanism,
      region: options.region,
      compression: oneOf('compression', options.compression, ['none', 'gzip', 'lz4', 'zstd']),
      partitions: count('partitions', options.partitions),
      replication: count('replication', options.replication),
    }),
  };
}
