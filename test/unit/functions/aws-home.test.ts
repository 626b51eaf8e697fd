import { expect, test } from 'vitest';
import { awsApi } from '../../../functions/aws-home.ts';

const clients = {} as Parameters<typeof awsApi>[1];

test('all missing settings are named at once', () => {
  expect(() => awsApi({ GALAXY_STAGE: 'dev' }, clients)).toThrow(
    /GALAXY_TABLE, GALAXY_CLUSTER, GALAXY_TASK_DEFINITION, GALAXY_CONTAINER, GALAXY_SUBNETS, GALAXY_SECURITY_GROUPS/,
  );
});

test('an API without tokens is not made', () => {
  const names = ['STAGE', 'TABLE', 'CLUSTER', 'TASK_DEFINITION', 'CONTAINER', 'SUBNETS', 'SECURITY_GROUPS'];
  const env = Object.fromEntries(names.map((name) => [`GALAXY_${name}`, 'x']));
  expect(() => awsApi(env, clients)).toThrow(/GALAXY_TOKENS/);
  const tokens = `admin:${'ab'.repeat(32)},reader:${'cd'.repeat(32)}`;
  expect(awsApi({ ...env, GALAXY_TOKENS: tokens }, clients).access).toMatchObject({
    kind: 'tokens',
    tokens: [{ role: 'admin' }, { role: 'reader' }],
  });
});
