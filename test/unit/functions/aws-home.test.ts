import { expect, test } from 'vitest';
import { awsApi, awsReconciler } from '../../../functions/aws-home.ts';

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

const NAMES = ['STAGE', 'TABLE', 'CLUSTER', 'TASK_DEFINITION', 'CONTAINER', 'SUBNETS', 'SECURITY_GROUPS'];
const ENV: Record<string, string> = Object.fromEntries(NAMES.map((name) => [`GALAXY_${name}`, 'x']));

test('a launch is what the settings say', async () => {
  const inputs: unknown[] = [];
  const ecs = {
    async send({ input }: { input: unknown }) {
      inputs.push(input);
      return { tasks: [{ taskArn: 'arn' }] };
    },
  } as unknown as Parameters<typeof awsReconciler>[1]['ecs'];
  const env = {
    ...ENV,
    GALAXY_STAGE: 'prod',
    GALAXY_TASK_DEFINITION: 'arn:aws:ecs:eu-west-1:1:task-definition/runner:9',
    GALAXY_SUBNETS: 'subnet-1, subnet-2',
    GALAXY_CAPACITY: 'FARGATE_SPOT:3, FARGATE:1',
    GALAXY_PLATFORM_VERSION: '1.4.0',
  };
  const { deps } = awsReconciler(env, { ...clients, ecs });
  await deps.launcher.launch({ taskId: 'a', generation: 1, attempt: 1, runId: 'a/1/1/1' });
  expect(deps.launcher.revision).toBe('runner:9');
  expect(inputs).toMatchObject([
    {
      startedBy: 'galaxy/prod/03',
      platformVersion: '1.4.0',
      capacityProviderStrategy: [
        { capacityProvider: 'FARGATE_SPOT', weight: 3 },
        { capacityProvider: 'FARGATE', weight: 1 },
      ],
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } },
    },
  ]);
});

test.each([
  ['GALAXY_CAPACITY', 'FARGATE_SPOT:x'],
  ['GALAXY_CAPACITY', ':1'],
  ['GALAXY_CAPACITY', 'a:1:2'],
  ['GALAXY_CAPACITY', 'a:1001'],
  ['GALAXY_ROLL_AT_ONCE', '-1'],
  ['GALAXY_ROLL_AT_ONCE', 'many'],
])('%s="%s" is refused by its name', (name, value) => {
  expect(() => awsReconciler({ ...ENV, [name]: value }, clients)).toThrow(name);
});

test('five runs are replaced at a time unless the settings say otherwise', () => {
  expect(awsReconciler(ENV, clients).rollAtOnce).toBe(5);
  expect(awsReconciler({ ...ENV, GALAXY_ROLL_AT_ONCE: '0' }, clients).rollAtOnce).toBe(0);
  expect(awsReconciler({ ...ENV, GALAXY_ROLL_AT_ONCE: '20' }, clients).rollAtOnce).toBe(20);
});
