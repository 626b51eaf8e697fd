import type { DynamoStores } from '../core/dynamo/create-stores.ts';
import type { SecretStore } from '../core/secret-store.ts';
import type { RunnerConfig } from './config.ts';

export interface RunnerStores extends DynamoStores {
  readonly secrets: SecretStore;
  readonly close: () => void;
}

/**
 * The stores that the configuration names. Secrets are sealed in the data folder of one machine, where there is one, and
 * in Secrets Manager on AWS: the role of a runner may read those of its stage. Only what is used is loaded: the clients
 * of AWS alone would double the time that a runner on one machine takes to start.
 */
export async function openStores(store: RunnerConfig['store']): Promise<RunnerStores> {
  if (store.kind === 'sqlite') {
    const { createSqliteStores } = await import('../core/sqlite/create-stores.ts');
    return createSqliteStores({ dataDir: store.dataDir });
  }
  const { createDynamoStores } = await import('../core/dynamo/create-stores.ts');
  const { createDynamoClient } = await import('../core/dynamo/table.ts');
  const client = createDynamoClient(store.endpoint === null ? {} : { endpoint: store.endpoint });
  const dynamo = createDynamoStores(client, store.table);
  if (store.dataDir !== null) {
    const { createSqliteStores } = await import('../core/sqlite/create-stores.ts');
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
