import { createDynamoStores } from '../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../core/dynamo/table.ts';
import { createSqliteStores } from '../../core/sqlite/create-stores.ts';
import type { Stores } from '../../functions/deps.ts';
import type { UpOptions } from './options.ts';

export interface OpenStores {
  readonly stores: Stores;
  /** How a runner finds the same stores. */
  readonly runnerEnv: Record<string, string>;
  close(): void;
}

/** Opens the stores that the options name. Secrets are sealed in the data folder with either of them. */
export async function openStores(options: UpOptions): Promise<OpenStores> {
  const { store, dataDir } = options;
  const local = createSqliteStores({ dataDir });
  if (store.kind === 'sqlite') {
    return {
      stores: local,
      runnerEnv: { GALAXY_STORE: store.kind, GALAXY_DATA: dataDir },
      close: () => local.close(),
    };
  }
  const { table, endpoint } = store;
  const client = createDynamoClient(endpoint === null ? {} : { endpoint });
  // on AWS the table belongs to the deployment; an emulator starts empty
  if (endpoint !== null) await createTable(client, table);
  return {
    stores: { ...createDynamoStores(client, table), secrets: local.secrets },
    runnerEnv: {
      GALAXY_STORE: store.kind,
      GALAXY_DATA: dataDir,
      GALAXY_TABLE: table,
      ...(endpoint === null ? {} : { AWS_ENDPOINT_URL: endpoint }),
    },
    close: () => {
      client.destroy();
      local.close();
    },
  };
}
