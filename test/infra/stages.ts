/** Stages that between them use every setting. */
import type { StageSettings } from '../../infra/aws/settings.ts';

const ACCOUNT = '123456789012';

export const TEST_STAGES = {
  dev: { kind: 'trial', network: { kind: 'own', zones: 1 } },
  production: { kind: 'production', network: { kind: 'own', zones: 2 }, alarmEmail: 'ops@example.com' },
  /** In a VPC that is there, with four schedules, and databases and brokers that know it by IAM. */
  given: {
    kind: 'production',
    network: {
      kind: 'given',
      vpcId: 'vpc-0a1b2c3d4e5f60718',
      privateSubnets: ['subnet-0a1b2c3d4e5f60718', 'subnet-1a1b2c3d4e5f60718'],
    },
    reach: ['10.20.0.0/16', '2001:db8::/32'],
    alarmEmail: 'ops@example.com',
    lagAlarmSeconds: 60,
    sweepShards: 4,
    runner: { cpu: '1 vCPU', memory: '4 GB', capacity: { onDemand: 1, spot: 3 }, rollAtOnce: 20 },
    logRetention: '1 year',
    rdsUsers: [`arn:aws:rds-db:eu-central-1:${ACCOUNT}:dbuser:db-ABCDEFGHIJKL/galaxy`],
    mskClusters: [`arn:aws:kafka:eu-central-1:${ACCOUNT}:cluster/orders/0a1b2c3d-1`],
    secrets: [`arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:rds!db-0a1b-AbCdEf`],
    secretKeys: [`arn:aws:kms:eu-central-1:${ACCOUNT}:key/0a1b2c3d`],
  },
  /** In a VPC of its own that is joined to two others. */
  joined: {
    kind: 'trial',
    network: {
      kind: 'own',
      zones: 3,
      addressPrefix: '10.42',
      routes: [
        { cidr: '10.20.0.0/16', via: 'pcx-0a1b2c3d' },
        { cidr: '10.30.0.0/16', via: 'tgw-0a1b2c3d' },
      ],
    },
    reach: ['10.20.0.0/16', '10.30.0.0/16'],
  },
} as const satisfies Readonly<Record<string, StageSettings>>;

/** What `npx sst secret set Tokens` is given. */
export const TOKENS = `admin:${'0'.repeat(64)}`;
