import { createDynamoStores, type DynamoStores } from '../core/dynamo/create-stores.ts';
import { createDynamoClient } from '../core/dynamo/table.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { createSqliteStores } from '../core/sqlite/create-stores.ts';
import type { RunnerConfig } from './config.ts';

export interface RunnerStores extends DynamoStores {
  readonly secrets: SecretStore;
  readonly close: () => void;
}

/**
 * The stores that the configuration names. Secrets are sealed in the data folder of one machine, where there is one, and
 * in Secrets Manager on AWS: the role of a runner may read those of its stage.
 */
export async function openStores(store: RunnerConfig['store']): Promise<RunnerStores> {
  if (store.kind === 'sqlite') return createSqliteStores({ dataDir: store.dataDir });
  const client = createDynamoClient(store.endpoint === null ? {} : { endpoint: store.endpoint });
  const dynamo = createDynamoStores(client, store.table);
  if (store.dataDir !== null) {
    const local = createSqliteStores({ dataDir: store.dataDir });
    return {
      ...dynamo,
      secrets: local.secrets,
      close: () => {
        client.destroy();
        local.close();
      },
    };
  }
  // Loaded only here: a runner on one machine starts without it.
  const { createSecretsManagerStore, secretsManager } = await import('../core/aws/secrets-manager.ts');
  const api = secretsManager();
  return {
    ...dynamo,
    secrets: createSecretsManagerStore(api, `galaxy/${store.stage}`),
    close: () => {
      client.destroy();
      api.destroy();
    },
  };
}
