/** The secrets of a spec: taken out before it is stored, put back where it is used, hidden where it is shown. */
import { assert } from './assert.ts';
import type { SecretRef, SecretStore } from './secret-store.ts';
import type { KafkaConf, MysqlConfig, PasswordSpec, TaskSpec, TlsSpec } from './task-spec.ts';

type TlsObject = Exclude<TlsSpec, boolean>;

export type ResolvedTls = boolean | (Omit<TlsObject, 'key'> & { readonly key?: string });
export type ResolvedMysqlConfig = Omit<MysqlConfig, 'password' | 'tls'> & {
  readonly password: string;
  readonly tls?: ResolvedTls;
};
export type ResolvedKafkaConf = Omit<KafkaConf, 'password' | 'tls'> & {
  readonly password?: string;
  readonly tls?: ResolvedTls;
};
/** A spec whose passwords and keys are text: lives in memory only. */
export type ResolvedTaskSpec = Omit<TaskSpec, 'mysql_config' | 'kafka_conf'> & {
  readonly mysql_config: ResolvedMysqlConfig;
  readonly kafka_conf: ResolvedKafkaConf;
};

type Replace<T> = (value: PasswordSpec, field: string) => T;

function mapTls<T>(
  tls: TlsSpec,
  field: string,
  replace: Replace<T>,
): boolean | (Omit<TlsObject, 'key'> & { key?: T }) {
  if (typeof tls === 'boolean') return tls;
  const { key, ...rest } = tls;
  return key === undefined ? rest : { ...rest, key: replace(key, `${field}.key`) };
}

/** Every secret of a spec in one place: who adds one to the schema adds it here, and all three uses have it. */
function mapSecrets<T>(spec: TaskSpec, replace: Replace<T>) {
  const { mysql_config: mysql, kafka_conf: kafka, ...rest } = spec;
  const { password, tls, ...mysqlRest } = mysql;
  const { password: kafkaPassword, tls: kafkaTls, ...kafkaRest } = kafka;
  return {
    ...rest,
    mysql_config: {
      ...mysqlRest,
      password: replace(password, 'mysql_config.password'),
      ...(tls === undefined ? {} : { tls: mapTls(tls, 'mysql_config.tls', replace) }),
    },
    kafka_conf: {
      ...kafkaRest,
      ...(kafkaPassword === undefined ? {} : { password: replace(kafkaPassword, 'kafka_conf.password') }),
      ...(kafkaTls === undefined ? {} : { tls: mapTls(kafkaTls, 'kafka_conf.tls', replace) }),
    },
  };
}

/** The replacement of each secret, by field; asked for side by side. */
async function replacements<T>(spec: TaskSpec, replace: Replace<Promise<T>>): Promise<Replace<T>> {
  const pending = new Map<string, Promise<T>>();
  mapSecrets(spec, (value, field) => pending.set(field, replace(value, field)));
  const done = new Map(
    await Promise.all([...pending].map(async ([field, value]): Promise<[string, T]> => [field, await value])),
  );
  return (_value, field) => {
    const value = done.get(field);
    assert(value !== undefined, `the secret ${field} was asked for`);
    return value;
  };
}

const isRef = (value: PasswordSpec): value is SecretRef => typeof value !== 'string';

/**
 * Puts every secret that the spec holds as text into the store and returns the spec with references. `nonce`
 * keeps two creations of one task id from writing over each other's secrets. An empty password is no secret.
 */
export async function sealSecrets(spec: TaskSpec, secrets: SecretStore, nonce: string): Promise<TaskSpec> {
  const replace = await replacements<PasswordSpec>(spec, async (value, field) =>
    isRef(value) || value === '' ? value : secrets.put(spec.task_id, `${field}.${nonce}`, value),
  );
  return mapSecrets(spec, replace);
}

/** The spec with every reference replaced by its text. CDC_SECRET_MISSING where one is gone. */
export async function resolveSecrets(
  spec: TaskSpec,
  secrets: Pick<SecretStore, 'get'>,
): Promise<ResolvedTaskSpec> {
  const replace = await replacements(spec, async (value) => (isRef(value) ? secrets.get(value) : value));
  return mapSecrets(spec, replace);
}

const MASK = '***';

/** The spec as it may be shown: every secret, and every reference to one, as `***`. */
export function maskSecrets(spec: TaskSpec): ResolvedTaskSpec {
  return mapSecrets(spec, () => MASK);
}
