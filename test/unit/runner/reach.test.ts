import { expect, test } from 'vitest';
import { readRunnerConfig } from '../../../runner/config.ts';

const RUN = { GALAXY_TASK_ID: 't', GALAXY_RUN_ID: 'r' };
const AWS = {
  ...RUN,
  GALAXY_STORE: 'dynamodb',
  GALAXY_TABLE: 'g',
  GALAXY_STAGE: 's',
  AWS_REGION: 'eu-west-1',
};

test.each([
  ['on one machine', { ...RUN, GALAXY_DATA: '/data' }, true],
  ['on AWS', AWS, false],
  ['on an emulator', { ...AWS, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, true],
])('%s, may a runner reach the machine that it is on? %s', (_where, env, expected) => {
  expect(readRunnerConfig(env).loopback).toBe(expected);
});

test('a runner is told the networks, the region and how long a refused login is waited out', () => {
  expect(readRunnerConfig(AWS)).toMatchObject({ networks: [], region: 'eu-west-1', loginGraceMs: 300_000 });
  const told = { ...AWS, GALAXY_NETWORKS: '10.0.0.0/8, fd00::/8,', GALAXY_LOGIN_GRACE_MS: '1000' };
  expect(readRunnerConfig(told)).toMatchObject({ networks: ['10.0.0.0/8', 'fd00::/8'], loginGraceMs: 1_000 });
});
