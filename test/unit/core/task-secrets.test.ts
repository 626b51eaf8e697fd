import { expect, test } from 'vitest';
import { parseTaskSpec } from '../../../core/parse-task-spec.ts';
import type { SecretRef, SecretStore } from '../../../core/secret-store.ts';
import { maskSecrets, ownSecretProblems, resolveSecrets, sealSecrets } from '../../../core/task-secrets.ts';

class MemorySecrets implements SecretStore {
  readonly values = new Map<string, string>();
  async put(taskId: string, field: string, value: string): Promise<SecretRef> {
    this.values.set(`${taskId}/${field}`, value);
    return { secret: `${taskId}/${field}` };
  }
  async get(ref: SecretRef): Promise<string> {
    return this.values.get(ref.secret) ?? 'missing';
  }
  isOwn(ref: SecretRef): boolean {
    return this.values.has(ref.secret);
  }
  async deleteAll(): Promise<void> {}
}

const SPEC = parseTaskSpec({
  task_id: 't',
  mysql_config: { user: 'u', host: 'h', password: 'pw-1', tls: { key: 'key-1', ca: 'CA' } },
  kafka_conf: { brokers: ['k:9092'], enable_sasl: true, user: 'k', password: 'pw-2', tls: { key: 'key-2' } },
});
const SECRET_TEXTS = ['pw-1', 'key-1', 'pw-2', 'key-2'];

test('sealing leaves no secret in the spec and resolving brings them all back', async () => {
  const secrets = new MemorySecrets();
  const sealed = await sealSecrets(SPEC, secrets, 'n1');
  for (const text of SECRET_TEXTS) expect(JSON.stringify(sealed)).not.toContain(text);
  expect(secrets.values.size).toBe(4);
  expect(await resolveSecrets(sealed, secrets)).toEqual(SPEC);
});

test('two creations of one id do not write over each other', async () => {
  const secrets = new MemorySecrets();
  const first = await sealSecrets(SPEC, secrets, 'n1');
  await sealSecrets({ ...SPEC, mysql_config: { ...SPEC.mysql_config, password: 'other' } }, secrets, 'n2');
  expect((await resolveSecrets(first, secrets)).mysql_config.password).toBe('pw-1');
});

test('references and empty passwords are kept as they are', async () => {
  const spec = parseTaskSpec({
    task_id: 't',
    mysql_config: { user: 'u', host: 'h', password: { secret: 'arn' }, tls: true },
    kafka_conf: { brokers: ['k:9092'] },
  });
  const secrets = new MemorySecrets();
  expect(await sealSecrets(spec, secrets, 'n')).toEqual(spec);
  expect(secrets.values.size).toBe(0);
});

test('a shown spec has every secret masked', () => {
  const shown = JSON.stringify(maskSecrets(SPEC));
  for (const text of SECRET_TEXTS) expect(shown).not.toContain(text);
  expect(shown.match(/\*\*\*/g)).toHaveLength(4);
});

const BY_SECRET = parseTaskSpec({
  task_id: 't',
  mysql_config: { host: 'h', password: { secret: 'rds' } },
  kafka_conf: {
    brokers: ['k:9092'],
    enable_sasl: true,
    user: 'given',
    password: { secret: 'msk', key: 'pw' },
  },
});

test('a secret in JSON brings the user along, and a user that is given stands above it', async () => {
  const secrets = new MemorySecrets();
  const texts: Record<string, string> = {
    rds: '{"username":"app","password":"p"}',
    msk: '{"username":"x","pw":"k"}',
  };
  secrets.get = async ({ secret }) => texts[secret] ?? '';
  const resolved = await resolveSecrets(BY_SECRET, secrets);
  expect(resolved.mysql_config).toMatchObject({ user: 'app', password: 'p' });
  expect(resolved.kafka_conf).toMatchObject({ user: 'given', password: 'k' });
  texts.rds = 'plain';
  await expect(resolveSecrets(BY_SECRET, secrets)).rejects.toMatchObject({
    code: 'CDC_SECRET_MISSING',
    message: expect.stringContaining('mysql_config.password names no username'),
  });
  expect(maskSecrets(BY_SECRET).mysql_config.user).toBeUndefined();
});

test('a posted password that looks like a secret in JSON is the password itself', async () => {
  const password = '{"username":"root","password":"x"}';
  const secrets = new MemorySecrets();
  const sealed = await sealSecrets(
    { ...SPEC, mysql_config: { ...SPEC.mysql_config, password } },
    secrets,
    'n',
  );
  expect((await resolveSecrets(sealed, secrets)).mysql_config).toMatchObject({ user: 'u', password });
});

test('a secret that was made for a task may not be named for another', async () => {
  const secrets = new MemorySecrets();
  const sealed = await sealSecrets(SPEC, secrets, 'n1');
  expect(ownSecretProblems(BY_SECRET, secrets)).toEqual([]);
  expect(ownSecretProblems(sealed, secrets).map(({ path }) => path)).toEqual([
    'mysql_config.password',
    'mysql_config.tls.key',
    'kafka_conf.password',
    'kafka_conf.tls.key',
  ]);
});
