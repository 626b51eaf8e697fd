/** The secrets of a spec: taken out before it is stored, put back where it is used, hidden where it is shown. */
import { assert } from './assert.ts';
import { CdcError, type FieldProblem } from './errors.ts';
import type { Login } from './login.ts';
import type { SecretRef, SecretStore } from './secret-store.ts';
import { fieldOfSecret, loginOfSecret, type SecretLoginText } from './secret-text.ts';
import type { KafkaConf, MysqlConfig, PasswordSpec, TaskSpec, TlsSpec } from './task-spec.ts';

type TlsObject = Exclude<TlsSpec, boolean>;

export type ResolvedTls = boolean | (Omit<TlsObject, 'key'> & { readonly key?: string });
export type ResolvedMysqlConfig = Omit<MysqlConfig, 'user' | 'password' | 'tls'> & {
  readonly user: string;
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

/** A spec whose secrets are masked: a user that stands in a secret is not shown. */
export type ShownTaskSpec = Omit<ResolvedTaskSpec, 'mysql_config'> & {
  readonly mysql_config: Omit<ResolvedMysqlConfig, 'user'> & Pick<MysqlConfig, 'user'>;
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

export type SecretReader = Pick<SecretStore, 'get' | 'isOwn'>;

/** What a password stands for: its text, or what the user's secret says, which may name the user as well. */
async function readLogin(value: PasswordSpec, secrets: SecretReader): Promise<SecretLoginText> {
  if (!isRef(value)) return { user: null, password: value };
  const text = await secrets.get(value);
  // ours is the password as it was posted, whatever it looks like
  return secrets.isOwn(value) ? { user: null, password: text } : loginOfSecret(text, value);
}

/** Any other secret. */
const readText = async (value: PasswordSpec, secrets: SecretReader): Promise<string> =>
  isRef(value) ? fieldOfSecret(await secrets.get(value), value) : value;

function userOf(field: string, wanted: string | undefined, login: SecretLoginText): string {
  const user = wanted ?? login.user;
  if (user !== null) return user;
  throw new CdcError('CDC_SECRET_MISSING', `the secret of ${field}.password names no username`, {
    hint: `Give ${field}.user, or keep the secret as {"username": …, "password": …}.`,
  });
}

/** What the account of the source is now; the secret is read anew. CDC_SECRET_MISSING. */
export async function mysqlLogin(conf: MysqlConfig, secrets: SecretReader): Promise<Login> {
  const login = await readLogin(conf.password, secrets);
  return { user: userOf('mysql_config', conf.user, login), password: login.password };
}

/** The same for Kafka; null where the brokers want no password. */
export async function kafkaLogin(conf: KafkaConf, secrets: SecretReader): Promise<Login | null> {
  if (conf.password === undefined) return null;
  const login = await readLogin(conf.password, secrets);
  return { user: userOf('kafka_conf', conf.user, login), password: login.password };
}

/** The spec with every reference replaced by its text. CDC_SECRET_MISSING where one is gone. */
export async function resolveSecrets(spec: TaskSpec, secrets: SecretReader): Promise<ResolvedTaskSpec> {
  const [replace, mysql, kafka] = await Promise.all([
    replacements(spec, (value, field) =>
      field.endsWith('.password') ? Promise.resolve('') : readText(value, secrets),
    ),
    mysqlLogin(spec.mysql_config, secrets),
    kafkaLogin(spec.kafka_conf, secrets),
  ]);
  const resolved = mapSecrets(spec, replace);
  return {
    ...resolved,
    mysql_config: { ...resolved.mysql_config, ...mysql },
    kafka_conf: { ...resolved.kafka_conf, ...(kafka ?? {}) },
  };
}

/** A secret of Galaxy's own that a user has named: that of another task, most likely. */
export function ownSecretProblem(
  value: PasswordSpec | undefined,
  path: string,
  secrets: Pick<SecretStore, 'isOwn'>,
): FieldProblem[] {
  if (value === undefined || !isRef(value) || !secrets.isOwn(value)) return [];
  return [{ path, problem: 'names a secret that Galaxy made for a task' }];
}

/** The same for all secrets of a body. */
export function ownSecretProblems(spec: TaskSpec, secrets: Pick<SecretStore, 'isOwn'>): FieldProblem[] {
  const problems: FieldProblem[] = [];
  mapSecrets(spec, (value, path) => problems.push(...ownSecretProblem(value, path, secrets)));
  return problems;
}

const MASK = '***';

/** The spec as it may be shown: every secret, and every reference to one, as `***`. */
export function maskSecrets(spec: TaskSpec): ShownTaskSpec {
  return mapSecrets(spec, () => MASK);
}
