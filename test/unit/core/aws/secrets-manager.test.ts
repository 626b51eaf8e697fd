import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  type ListSecretsCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { createSecretsManagerStore, type SecretsApi } from '../../../../core/aws/secrets-manager.ts';

type Command = CreateSecretCommand | GetSecretValueCommand | ListSecretsCommand | DeleteSecretCommand;

const named = (name: string): Error => Object.assign(new Error('m'), { name });

/** Secrets Manager in memory: pages of one, and a name filter as loose as the real one's. */
function fakeApi(): { api: SecretsApi; secrets: Map<string, string> } {
  const secrets = new Map<string, string>();
  const send = async (command: Command): Promise<unknown> => {
    if (command instanceof CreateSecretCommand) {
      return secrets.set(command.input.Name ?? '', command.input.SecretString ?? '');
    }
    if (command instanceof GetSecretValueCommand) {
      const text = secrets.get(command.input.SecretId ?? '');
      if (text === undefined) throw named('ResourceNotFoundException');
      return { SecretString: text };
    }
    if (command instanceof DeleteSecretCommand) return secrets.delete(command.input.SecretId ?? '');
    const wanted = command.input.Filters?.[0]?.Values?.[0]?.toLowerCase() ?? '';
    const names = [...secrets.keys()].filter((name) => name.toLowerCase().startsWith(wanted));
    const at = Number(command.input.NextToken ?? 0);
    const next = at + 1 < names.length ? { NextToken: String(at + 1) } : {};
    return { SecretList: names.slice(at, at + 1).map((Name) => ({ Name })), ...next };
  };
  return { api: { send } as SecretsApi, secrets };
}

test('a secret is kept under its task and comes back', async () => {
  const { api } = fakeApi();
  const store = createSecretsManagerStore(api, 'galaxy/test');
  const ref = await store.put('t', 'mysql_config.password', 'p');
  expect(ref).toEqual({ secret: 'galaxy/test/t/mysql_config.password' });
  expect(await store.get(ref)).toBe('p');
});

test("a task's secrets are forgotten, and only its own", async () => {
  const { api, secrets } = fakeApi();
  const store = createSecretsManagerStore(api, 'galaxy/test');
  for (const taskId of ['t', 'T', 't2']) await store.put(taskId, 'a', 'p');
  await store.put('t', 'b', 'p');
  await store.deleteAll('t');
  await store.deleteAll('t');
  expect([...secrets.keys()]).toEqual(['galaxy/test/T/a', 'galaxy/test/t2/a']);
});

test('a secret that is gone is told as such', async () => {
  const store = createSecretsManagerStore(fakeApi().api, 'p');
  await expect(store.get({ secret: 'x' })).rejects.toMatchObject({ code: 'CDC_SECRET_MISSING' });
});

test('a service that refuses is a store that does not answer, without the value', async () => {
  const api = {
    async send(): Promise<unknown> {
      throw named('ThrottlingException');
    },
  } as SecretsApi;
  const store = createSecretsManagerStore(api, 'p');
  for (const failing of [store.put('t', 'f', 'hush'), store.get({ secret: 'x' }), store.deleteAll('t')]) {
    await expect(failing).rejects.toMatchObject({
      code: 'CDC_STORE_UNAVAILABLE',
      message: expect.not.stringContaining('hush'),
    });
  }
});

test.each([
  ['galaxy/test/t/mysql_config.password', true],
  ['arn:aws:secretsmanager:eu-west-1:1:secret:galaxy/test/t/x-AbCdEf', true],
  ['galaxy/testing/t/x', false],
  ['arn:aws:secretsmanager:eu-west-1:1:secret:rds!db-1-AbCdEf', false],
])('is %s one that the store made? %s', (secret, expected) => {
  expect(createSecretsManagerStore(fakeApi().api, 'galaxy/test').isOwn({ secret })).toBe(expected);
});

test.each([
  ['AccessDeniedException', 'CDC_SECRET_MISSING', /may not be read/],
  ['InvalidRequestException', 'CDC_SECRET_MISSING', /not there/],
  ['InternalServiceError', 'CDC_STORE_UNAVAILABLE', /InternalServiceError/],
])('%s while reading is %s', async (name, code, message) => {
  const api = { send: () => Promise.reject(named(name)) } as SecretsApi;
  await expect(createSecretsManagerStore(api, 'galaxy/test').get({ secret: 's' })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
