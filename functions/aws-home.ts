/** The control plane on AWS: DynamoDB, Secrets Manager and ECS behind the same ports as on one machine. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createSecretsManagerStore, type SecretsApi } from '../core/aws/secrets-manager.ts';
import { systemClock } from '../core/clock.ts';
import { createDynamoStores } from '../core/dynamo/create-stores.ts';
import { CdcError } from '../core/errors.ts';
import { createLog } from '../core/log.ts';
import type { AppDeps } from './app.ts';
import type { ReconcilerDeps } from './deps.ts';
import { type EcsApi, EcsLauncher } from './launcher/ecs.ts';
import { parseTokens } from './middleware/auth.ts';
import { createProbes } from './source-check/create-probes.ts';
import { createHostPolicy } from './source-check/host-policy.ts';
import { addressesOf, systemSurroundings } from './system-surroundings.ts';
import { reconcileTask } from './tasks/reconciler.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface AwsClients {
  readonly dynamo: DynamoDBClient;
  readonly ecs: EcsApi;
  readonly secrets: SecretsApi;
}

const listOf = (text: string): string[] => text.split(',').filter((item) => item !== '');

/** The settings by name; CDC_CONFIG names all that are missing. */
function readSettings<const N extends string>(env: Env, names: readonly N[]): Record<N, string> {
  const missing = names.filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) throw new CdcError('CDC_CONFIG', `not set: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ''])) as Record<N, string>;
}

export type AwsReconcilerDeps = ReconcilerDeps & { readonly launcher: EcsLauncher };

/** What reconcile.ts and task-events.ts work with. */
export function awsReconciler(env: Env, clients: AwsClients): AwsReconcilerDeps {
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
  return {
    ...systemSurroundings(createLog((line) => process.stdout.write(line), systemClock.now)),
    stores: {
      ...createDynamoStores(clients.dynamo, settings.GALAXY_TABLE),
      secrets: createSecretsManagerStore(clients.secrets, name),
    },
    launcher: new EcsLauncher({
      ecs: clients.ecs,
      cluster: settings.GALAXY_CLUSTER,
      taskDefinition: settings.GALAXY_TASK_DEFINITION,
      container: settings.GALAXY_CONTAINER,
      subnets: listOf(settings.GALAXY_SUBNETS),
      securityGroups: listOf(settings.GALAXY_SECURITY_GROUPS),
      startedBy: name,
    }),
  };
}

/** What api.ts works with. A changed task is reconciled within the request: a function does nothing afterwards. */
export function awsApi(env: Env, clients: AwsClients): AppDeps {
  const deps = awsReconciler(env, clients);
  const { GALAXY_TOKENS: tokens } = readSettings(env, ['GALAXY_TOKENS']);
  return {
    ...deps,
    ...createProbes(),
    hosts: createHostPolicy(listOf(env.GALAXY_NETWORKS ?? ''), addressesOf),
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
