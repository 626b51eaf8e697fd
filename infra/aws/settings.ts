/** What a stage can be told, and what holds where it is told nothing. Pure: no resource is made here. */
import { isIP } from 'node:net';

/** Where functions and runners live. Databases and brokers must be reachable from there. */
export type NetworkSettings =
  /** A VPC of the stage's own: public subnets hold the NAT gateways, private ones everything of Galaxy. */
  | {
      readonly kind: 'own';
      /** Availability zones, each with a NAT gateway: 1 to 3. */
      readonly zones: 1 | 2 | 3;
      /** The first half of its addresses, a /16: must not overlap networks it is peered with. `10.0` if absent. */
      readonly addressPrefix?: string;
      /** Ways into other networks, for the private subnets. */
      readonly routes?: readonly NetworkRoute[];
    }
  /** A VPC that is there. Its private subnets need a way to AWS: NAT, or endpoints (docs/deploy.md names them). */
  | { readonly kind: 'given'; readonly vpcId: string; readonly privateSubnets: readonly string[] };

export interface NetworkRoute {
  readonly cidr: string;
  /** `pcx-…` or `tgw-…`: made and accepted by hand. */
  readonly via: string;
}

export interface StageSettings {
  /** `production`: table and network outlive `sst remove`, and nothing is removed by accident. */
  readonly kind: 'trial' | 'production';
  readonly network: NetworkSettings;
  /** Networks that a task may reach, such as `10.20.0.0/16`. Absent or empty: all but metadata addresses. */
  readonly reach?: readonly string[];
  /** Who is told of alarms; AWS sends a link to confirm it. Needed in production. */
  readonly alarmEmail?: string;
  /** An alarm is raised when a task is behind its source by more than this for five minutes. 300 if absent. */
  readonly lagAlarmSeconds?: number;
  /** Schedules that share the tasks, up to 16; one sweeps about 10,000 tasks a minute. 1 if absent. */
  readonly sweepShards?: number;
  /** Of the runners; Fargate's pairs. Half a vCPU and 1 GB if absent. */
  readonly runner?: RunnerSettings;
  /** `1 week` for trials and `3 months` in production if absent. */
  readonly logRetention?: LogRetention;
  /** `rds_iam`: database users that runners and checks may sign in as, `arn:aws:rds-db:…:dbuser:<resource id>/<user>`. */
  readonly rdsUsers?: readonly string[];
  /** MSK clusters with IAM access control, `arn:aws:kafka:…:cluster/<name>/<uuid>`. */
  readonly mskClusters?: readonly string[];
  /** Secrets of Secrets Manager outside `galaxy/<stage>/` that tasks may name, as ARNs: `arn:aws:secretsmanager:…`. */
  readonly secrets?: readonly string[];
  /** KMS keys of your own that those secrets are under, `arn:aws:kms:…:key/<id>`. */
  readonly secretKeys?: readonly string[];
  /** Of the API, as `galaxy.example.com`; its zone in Route 53 of this account. Absent: a name of AWS's. */
  readonly domain?: string;
}

export interface RunnerSettings {
  readonly cpu: '0.25 vCPU' | '0.5 vCPU' | '1 vCPU' | '2 vCPU' | '4 vCPU';
  readonly memory: `${number} GB`;
  /** Share of each among the runners: a runner on Spot may be moved with two minutes' notice. All on demand if absent. */
  readonly capacity?: { readonly onDemand: number; readonly spot: number };
  /** Runners replaced at a time after an upgrade; 0 for none. 5 if absent. */
  readonly rollAtOnce?: number;
}

export type LogRetention = '1 week' | '2 weeks' | '1 month' | '3 months' | '6 months' | '1 year';

export const RETENTION_DAYS: Readonly<Record<LogRetention, number>> = {
  '1 week': 7,
  '2 weeks': 14,
  '1 month': 30,
  '3 months': 90,
  '6 months': 180,
  '1 year': 365,
};

/** With every default in its place. */
export interface Stage {
  readonly name: string;
  readonly production: boolean;
  readonly network: NetworkSettings;
  readonly reach: readonly string[];
  readonly alarmEmail: string | null;
  readonly lagAlarmSeconds: number;
  readonly sweepShards: number;
  readonly runner: Required<Omit<RunnerSettings, 'capacity'>> & { readonly capacity: string };
  readonly logRetention: LogRetention;
  readonly rdsUsers: readonly string[];
  readonly mskClusters: readonly string[];
  readonly secrets: readonly string[];
  readonly secretKeys: readonly string[];
  readonly domain: string | null;
}

/** No `*` in any of them: each names one thing. */
const ARNS = [
  [
    'rdsUsers',
    /^arn:aws[a-z-]*:rds-db:[a-z0-9-]+:\d{12}:dbuser:[A-Za-z0-9-]+\/[^*]+$/,
    'arn:aws:rds-db:<region>:<account>:dbuser:<resource id>/<user>',
  ],
  [
    'mskClusters',
    /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/*]+\/[^/*]+$/,
    'arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>',
  ],
  [
    'secrets',
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^*]+$/,
    'arn:aws:secretsmanager:<region>:<account>:secret:<name and suffix>',
  ],
  [
    'secretKeys',
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[^*]+$/,
    'arn:aws:kms:<region>:<account>:key/<id>',
  ],
] as const;

const SWEEP_SHARDS_MAX = 16;

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const version = isIP(address);
  return (
    version > 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32)
  );
}

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;

function networkProblems(network: NetworkSettings): string[] {
  const problems: string[] = [];
  if (network.kind === 'given') {
    if (!/^vpc-[0-9a-f]+$/.test(network.vpcId)) problems.push('network.vpcId is no id such as vpc-0a1b2c3d');
    if (network.privateSubnets.length === 0) problems.push('network.privateSubnets names no subnet');
    for (const subnet of network.privateSubnets) {
      if (!/^subnet-[0-9a-f]+$/.test(subnet))
        problems.push(`network.privateSubnets: "${subnet}" is no subnet id`);
    }
    return problems;
  }
  if (!/^(10|172|192)\.\d{1,3}$/.test(network.addressPrefix ?? '10.0')) {
    problems.push('network.addressPrefix is not the first half of a private address, such as 10.42');
  }
  for (const [i, { cidr, via }] of (network.routes ?? []).entries()) {
    if (!isNetwork(cidr))
      problems.push(`network.routes[${i}].cidr: "${cidr}" is no network such as 10.20.0.0/16`);
    if (!/^(pcx|tgw)-[0-9a-f]+$/.test(via))
      problems.push(`network.routes[${i}].via: "${via}" is neither pcx-… nor tgw-…`);
  }
  return problems;
}

function problemsOf(settings: StageSettings): string[] {
  const problems = networkProblems(settings.network);
  if (settings.kind === 'production' && settings.alarmEmail === undefined) {
    problems.push('alarmEmail is missing: set the address that is told of alarms');
  }
  if (settings.alarmEmail !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(settings.alarmEmail)) {
    problems.push(`alarmEmail: "${settings.alarmEmail}" is no address`);
  }
  for (const network of settings.reach ?? []) {
    if (!isNetwork(network)) problems.push(`reach: "${network}" is no network such as 10.20.0.0/16`);
  }
  if (!isWhole(settings.sweepShards ?? 1, 1, SWEEP_SHARDS_MAX)) {
    problems.push(`sweepShards is not 1 to ${SWEEP_SHARDS_MAX}`);
  }
  if (!isWhole(settings.lagAlarmSeconds ?? 1, 1, 86_400)) problems.push('lagAlarmSeconds is not 1 to 86400');
  if (!isWhole(settings.runner?.rollAtOnce ?? 0, 0, 9_999))
    problems.push('runner.rollAtOnce is not 0 to 9999');
  const { onDemand = 1, spot = 0 } = settings.runner?.capacity ?? {};
  if (!isWhole(onDemand, 0, 1_000) || !isWhole(spot, 0, 1_000) || onDemand + spot === 0) {
    problems.push('runner.capacity: the weights are not 0 to 1000 with one above 0');
  }
  for (const [name, form, example] of ARNS) {
    for (const arn of settings[name] ?? []) {
      if (!form.test(arn)) problems.push(`${name}: "${arn}" is not ${example}`);
    }
  }
  return problems;
}

function capacityOf(settings: StageSettings): string {
  const { capacity } = settings.runner ?? {};
  if (capacity === undefined) return '';
  const entries = [`FARGATE:${capacity.onDemand}`, `FARGATE_SPOT:${capacity.spot}`];
  return entries.filter((entry) => !entry.endsWith(':0')).join(',');
}

/**
 * Is it to be protected? Answers for any stage: of an error at this place SST's command says only that there was one. What
 * is wrong with the settings is told by stageOf, when the stage is deployed.
 */
export function isProduction(name: string, stages: Readonly<Record<string, StageSettings>>): boolean {
  return Object.hasOwn(stages, name) && stages[name]?.kind === 'production';
}

/** The settings of the stage with this name. Throws with everything that is wrong with them. */
export function stageOf(name: string, stages: Readonly<Record<string, StageSettings>>): Stage {
  const settings = Object.hasOwn(stages, name) ? stages[name] : undefined;
  if (settings === undefined) {
    const known = Object.keys(stages).join(', ');
    throw new Error(`infra/aws/stages.ts has no stage "${name}", only ${known}: add it there`);
  }
  // Its name is part of what ECS calls startedBy, of secret names and of resources with short names.
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
    throw new Error(`the stage's name "${name}" is not 1 to 20 of a-z, 0-9 and -, beginning with a letter`);
  }
  const problems = problemsOf(settings);
  if (problems.length > 0) throw new Error(`infra/aws/stages.ts, ${name}: ${problems.join('; ')}`);
  const production = settings.kind === 'production';
  return {
    name,
    production,
    network: settings.network,
    reach: settings.reach ?? [],
    alarmEmail: settings.alarmEmail ?? null,
    lagAlarmSeconds: settings.lagAlarmSeconds ?? 300,
    sweepShards: settings.sweepShards ?? 1,
    runner: {
      cpu: settings.runner?.cpu ?? '0.5 vCPU',
      memory: settings.runner?.memory ?? '1 GB',
      rollAtOnce: settings.runner?.rollAtOnce ?? 5,
      capacity: capacityOf(settings),
    },
    logRetention: settings.logRetention ?? (production ? '3 months' : '1 week'),
    rdsUsers: settings.rdsUsers ?? [],
    mskClusters: settings.mskClusters ?? [],
    secrets: settings.secrets ?? [],
    secretKeys: settings.secretKeys ?? [],
    domain: settings.domain ?? null,
  };
}
