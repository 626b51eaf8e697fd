import { expect, test } from 'vitest';
import { isProduction, type StageSettings, stageOf } from '../../../../infra/aws/settings.ts';

const OWN = { kind: 'own', zones: 2 } as const;

const refusal = (settings: StageSettings): string => {
  try {
    stageOf('dev', { dev: settings });
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
};

test('a stage that says little gets the defaults', () => {
  expect(stageOf('dev', { dev: { kind: 'trial', network: OWN } })).toEqual({
    name: 'dev',
    production: false,
    network: OWN,
    reach: [],
    alarmEmail: null,
    lagAlarmSeconds: 300,
    sweepShards: 1,
    runner: { cpu: '0.5 vCPU', memory: '1 GB', rollAtOnce: 5, capacity: '' },
    logRetention: '1 week',
    rdsUsers: [],
    mskClusters: [],
    secrets: [],
    secretKeys: [],
    domain: null,
  });
});

test('production keeps its logs longer, and has to tell somebody of its alarms', () => {
  const production = { kind: 'production', network: OWN, alarmEmail: 'ops@example.com' } as const;
  expect(stageOf('dev', { dev: production })).toMatchObject({ production: true, logRetention: '3 months' });
  expect(refusal({ kind: 'production', network: OWN })).toMatch(/alarmEmail is missing/);
});

test('whether a stage is to be protected can be told of one that would be refused', () => {
  const stages = {
    live: { kind: 'production', network: OWN },
    dev: { kind: 'trial', network: OWN },
  } as const;
  expect(['live', 'dev', 'nosuch', 'toString'].map((name) => isProduction(name, stages))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('the share of Spot becomes what the launcher reads', () => {
  const capacityOf = (onDemand: number, spot: number): string => {
    const runner = { cpu: '1 vCPU', memory: '2 GB', capacity: { onDemand, spot } } as const;
    return stageOf('dev', { dev: { kind: 'trial', network: OWN, runner } }).runner.capacity;
  };
  expect(capacityOf(1, 3)).toBe('FARGATE:1,FARGATE_SPOT:3');
  expect(capacityOf(0, 1)).toBe('FARGATE_SPOT:1');
});

test('a stage that is not there, and a name that would not fit, are refused with what helps', () => {
  expect(() => stageOf('prod', { dev: { kind: 'trial', network: OWN } })).toThrow(
    'infra/aws/stages.ts has no stage "prod", only dev: add it there',
  );
  expect(() => stageOf('toString', {})).toThrow(/no stage/);
  const name = 'a-name-that-is-too-long';
  expect(() => stageOf(name, { [name]: { kind: 'trial', network: OWN } })).toThrow(/is not 1 to 20/);
});

test('everything that is wrong is told at once', () => {
  const said = refusal({
    kind: 'trial',
    network: {
      kind: 'own',
      zones: 1,
      addressPrefix: '8.8.8',
      routes: [{ cidr: '10.0.0.0', via: 'igw-1' }],
    },
    alarmEmail: 'nobody',
    reach: ['10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/8'],
    lagAlarmSeconds: 0,
    sweepShards: 17,
    runner: { cpu: '1 vCPU', memory: '2 GB', rollAtOnce: -1, capacity: { onDemand: 0, spot: 0 } },
    rdsUsers: ['arn:aws:rds-db:eu-central-1:123456789012:dbuser:*/galaxy*'],
    mskClusters: ['arn:aws:kafka:eu-central-1:123456789012:cluster/*'],
    secrets: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:*'],
    secretKeys: ['arn:aws:kms:eu-central-1:123456789012:key/*'],
  });
  for (const field of [
    'network.addressPrefix',
    'network.routes[0].cidr: "10.0.0.0"',
    'network.routes[0].via: "igw-1"',
    'alarmEmail: "nobody"',
    'reach: "10.0.0.0/33"',
    'reach: "10.0.0.0/8/8"',
    'lagAlarmSeconds',
    'sweepShards is not 1 to 16',
    'runner.rollAtOnce',
    'runner.capacity',
    'rdsUsers: ',
    'mskClusters: ',
    'secrets: ',
    'secretKeys: ',
  ]) {
    expect(said).toContain(field);
  }
  expect(said).not.toContain('reach: "10.0.0.0/8"');
});

test('a given network names its subnets', () => {
  const network = { kind: 'given', vpcId: 'vpc', privateSubnets: ['subnet-0a1b', 'public'] } as const;
  expect(refusal({ kind: 'trial', network })).toMatch(/vpcId.*"public" is no subnet id/);
  const none = { kind: 'given', vpcId: 'vpc-0a1b', privateSubnets: [] } as const;
  expect(refusal({ kind: 'trial', network: none })).toMatch(/names no subnet/);
});
