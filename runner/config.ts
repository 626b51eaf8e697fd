import { CdcError } from '../core/errors.ts';

/** What a runner process is told: ids and where the store is, never a secret. */
export interface RunnerConfig {
  readonly taskId: string;
  readonly generation: number;
  /** Names this process among all runs; part of the lease's owner. */
  readonly runId: string;
  readonly store:
    | { readonly kind: 'sqlite'; readonly dataDir: string }
    | {
        readonly kind: 'dynamodb';
        readonly table: string;
        readonly endpoint: string | null;
        /** The folder of sealed secrets; null: they are in Secrets Manager, under the name of the stage. */
        readonly dataDir: string | null;
        readonly stage: string;
      };
  readonly leaseTtlMs: number;
  readonly checkpointIntervalMs: number;
  readonly batchBytesMax: number;
  readonly inFlightBytesMax: number;
  readonly xaHeldBytesMax: number;
  /** How often the source is asked how long it keeps what the task still needs. */
  readonly purgeCheckMs: number;
  /** Whether to answer the health check of a container. */
  readonly health: boolean;
  /** The networks that the ends may be in; empty: all. */
  readonly networks: readonly string[];
  /** Whether this machine's own addresses may be reached, unless `networks` says so: not beside a runner on AWS. */
  readonly loopback: boolean;
  /** AWS_REGION; null: not on AWS. */
  readonly region: string | null;
  /** How long a login that is refused is waited out, while its owner changes password and secret. */
  readonly loginGraceMs: number;
}

type Env = Readonly<Record<string, string | undefined>>;

function positive(env: Env, name: string, fallback: number, problems: string[]): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  problems.push(`${name} must be a positive integer`);
  return fallback;
}

function required(env: Env, name: string, problems: string[]): string {
  const text = env[name] ?? '';
  if (text === '') problems.push(`${name} is missing`);
  return text;
}

function readStore(env: Env, problems: string[]): RunnerConfig['store'] {
  const kind = env.GALAXY_STORE ?? 'sqlite';
  if (kind === 'dynamodb') {
    return {
      kind,
      table: required(env, 'GALAXY_TABLE', problems),
      endpoint: env.AWS_ENDPOINT_URL ?? null,
      dataDir: env.GALAXY_DATA ?? null,
      stage: env.GALAXY_DATA === undefined ? required(env, 'GALAXY_STAGE', problems) : '',
    };
  }
  if (kind !== 'sqlite') problems.push('GALAXY_STORE must be sqlite or dynamodb');
  return { kind: 'sqlite', dataDir: required(env, 'GALAXY_DATA', problems) };
}

/** Reads the environment; CDC_CONFIG names all that is wrong with it at once. */
export function readRunnerConfig(env: Env): RunnerConfig {
  const problems: string[] = [];
  const config: RunnerConfig = {
    taskId: required(env, 'GALAXY_TASK_ID', problems),
    generation: positive(env, 'GALAXY_GENERATION', 1, problems),
    runId: required(env, 'GALAXY_RUN_ID', problems),
    store: readStore(env, problems),
    leaseTtlMs: positive(env, 'GALAXY_LEASE_TTL_MS', 15_000, problems),
    checkpointIntervalMs: positive(env, 'GALAXY_CHECKPOINT_INTERVAL_MS', 2_000, problems),
    batchBytesMax: positive(env, 'GALAXY_BATCH_BYTES_MAX', 1_048_576, problems),
    inFlightBytesMax: positive(env, 'GALAXY_IN_FLIGHT_BYTES_MAX', 8_388_608, problems),
    purgeCheckMs: positive(env, 'GALAXY_PURGE_CHECK_MS', 60_000, problems),
    xaHeldBytesMax: positive(env, 'GALAXY_XA_HELD_BYTES_MAX', 268_435_456, problems),
    health: env.GALAXY_HEALTH === 'on',
    networks: (env.GALAXY_NETWORKS ?? '')
      .split(',')
      .map((network) => network.trim())
      .filter((network) => network !== ''),
    // an emulator's databases stand on the same machine
    loopback: env.GALAXY_DATA !== undefined || (env.AWS_ENDPOINT_URL ?? '') !== '',
    region: env.AWS_REGION ?? null,
    loginGraceMs: positive(env, 'GALAXY_LOGIN_GRACE_MS', 300_000, problems),
  };
  if (problems.length > 0) throw new CdcError('CDC_CONFIG', problems.join('; '));
  return config;
}
