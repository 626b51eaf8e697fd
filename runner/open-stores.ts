import { createDynamoStores } from '../core/dynamo/create-stores.ts';
import { createDynamoClient } from '../core/dynamo/table.ts';
import { CdcError } from '../core/errors.ts';
import { createSqliteStores, type SqliteStores } from '../core/sqlite/create-stores.ts';
import type { RunnerConfig } from './config.ts';

/** The stores that the configuration names. On one machine secrets stay sealed in its data folder, with DynamoDB too. */
export function openStores(store: RunnerConfig['store']): SqliteStores {
  if (store.dataDir === null) {
    throw new CdcError('CDC_CONFIG', 'GALAXY_DATA is missing: the folder that holds the sealed secrets');
  }
  const local = createSqliteStores({ dataDir: store.dataDir });
  if (store.kind === 'sqlite') return local;
  const client = createDynamoClient(store.endpoint === null ? {} : { endpoint: store.endpoint });
  return {
    ...createDynamoStores(client, store.table),
    secrets: local.secrets,
    close: () => {
      client.destroy();
      local.close();
    },
  };
}
