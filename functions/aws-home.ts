/** The control plane on AWS: DynamoDB, Secrets Manager and ECS behind the same ports as on one machine. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Credentials } from '../core/aws/iam-tokens.ts';
import { createSecretsManagerStore, type SecretsApi } from '../core/aws/secrets-manager.ts';
import { systemClock } from '../core/clock.ts';
import { createDynamoStores } from '../core/dynamo/create-stores.ts';
import { createLog } from '../core/log.ts';
import { networkPolicy } from '../core/network-policy.ts';
import type { ServerAccess } from '../core/server-access.ts';
import type { AppDeps } from './app.ts';
import { type Env, listOf, readCapacity, readRollAtOnce, readSettings } from './aws-settings.ts';
import type { ReconcilerDeps } from './deps.ts';
import { EcsLauncher } from './launcher/ecs.ts';
import type { EcsApi } from './launcher/ecs-calls.ts';
import type { EventScope } from './launcher/ecs-events.ts';
import { parseTokens } from './middleware/auth.ts';
import { createProbes } from './source-check/create-probes.ts';
import { createHostPolicy } from './source-check/host-policy.ts';
import { addressesOf, systemSurroundings } from './system-surroundings.ts';
import { reconcileTask } from './tasks/reconciler.ts';

export interface AwsClients {
  readonly dynamo: DynamoDBClient;
  readonly ecs: EcsApi;
  readonly secrets: SecretsApi;
}

/** What reconcile.ts and task-events.ts work with. */
export interface AwsReconciler {
  readonly stage: string;
  readonly deps: ReconcilerDeps;
  readonly events: EventScope;
  /** See GALAXY_ROLL_AT_ONCE. */
  readonly rollAtOnce: number;
}

/** All tries of one call to ECS: a request is waited for, and what it leaves undone the next sweep does. */
const PATIENCE_MS = { request: 3_000, background: 5_000 };

/** CDC_CONFIG names what of the environment is missing or wrong; see aws-settings.ts. */
export function awsReconciler(
  env: Env,
  clients: AwsClients,
  patienceMs: number = PATIENCE_MS.background,
): AwsReconciler {
  const settings = readSettings(env, [
    'GALAXY_STAGE',
    'GALAXY_TABLE',
    'GALAXY_CLUSTER',
    'GALAXY_TASK_DEFINITION',
    'GALAXY_CONTAINER',
    'GALAXY_SUBNETS',
    'GALAXY_SECURITY_GROUPS',
  ]);
  const name = `galaxy/${settings.GALAXY_STAGE}`;
  const around = systemSurroundings(createLog((line) => process.stdout.write(line), systemClock.now));
  const { GALAXY_CLUSTER: cluster, GALAXY_CONTAINER: container } = settings;
  const platformVersion = env.GALAXY_PLATFORM_VERSION ?? '';
  const launcher = new EcsLauncher({
    ecs: clients.ecs,
    cluster,
    taskDefinition: settings.GALAXY_TASK_DEFINITION,
    container,
    subnets: listOf(settings.GALAXY_SUBNETS),
    securityGroups: listOf(settings.GALAXY_SECURITY_GROUPS),
    startedBy: name,
    capacity: readCapacity(env),
    ...(platformVersion === '' ? {} : { platformVersion }),
    pace: { clock: around.clock, random: around.random, sleep: around.sleep, patienceMs },
  });
  const stores = {
    ...createDynamoStores(clients.dynamo, settings.GALAXY_TABLE),
    secrets: createSecretsManagerStore(clients.secrets, name),
  };
  return {
    stage: settings.GALAXY_STAGE,
    deps: { ...around, stores, launcher },
    events: { cluster, container, isOwn: (task) => launcher.isOwn(task) },
    rollAtOnce: readRollAtOnce(env),
  };
}

/** Lambda puts the keys of a function's role into its environment, and ends it before they end. */
function roleOf(env: Env): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('no keys in the environment');
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN };
}

/** What api.ts works with. A changed task is reconciled within the request: a function does nothing afterwards. */
export function awsApi(env: Env, clients: AwsClients): AppDeps {
  const { deps } = awsReconciler(env, clients, PATIENCE_MS.request);
  const { GALAXY_TOKENS: tokens } = readSettings(env, ['GALAXY_TOKENS']);
  const network = networkPolicy({
    networks: listOf(env.GALAXY_NETWORKS ?? ''),
    // what listens beside a function is its runtime; an emulator's databases stand on the same machine
    loopback: (env.AWS_ENDPOINT_URL ?? '') !== '',
  });
  const access: ServerAccess = {
    network,
    // loaded only where a task wants it
    tokens: async () => {
      const { createIamTokens } = await import('../core/aws/iam-tokens.ts');
      return createIamTokens({ credentials: async () => roleOf(env), now: systemClock.now });
    },
    ...(env.AWS_REGION === undefined ? {} : { region: env.AWS_REGION }),
  };
  return {
    ...deps,
    ...createProbes(access),
    hosts: createHostPolicy(network, addressesOf),
    // What fails here the schedule does again.
    nudge: (taskId) =>
      reconcileTask(deps, taskId).catch((error: unknown) => {
        deps.log.error('reconcile_failed', { taskId, error });
      }),
    access: { kind: 'tokens', tokens: parseTokens(tokens.replaceAll(',', '\n')) },
    newId: randomUUID,
    version: env.GALAXY_VERSION ?? '0.0.0',
  };
}
