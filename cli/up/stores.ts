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

/** An emulator wants a region and keys too, and takes any: ours, where the environment has none. */
function emulatorEnv(env: UpOptions['env'], endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: env.AWS_REGION ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID ?? 'local',
    AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY ?? 'local',
  };
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
  const aws = endpoint === null ? {} : emulatorEnv(options.env, endpoint);
  for (const [name, value] of Object.entries(aws)) process.env[name] = value;
  const client = createDynamoClient(endpoint === null ? {} : { endpoint });
  // on AWS the table belongs to the deployment; an emulator starts empty
  if (endpoint !== null) await createTable(client, table);
  return {
    stores: { ...createDynamoStores(client, table), secrets: local.secrets },
    runnerEnv: {
      GALAXY_STORE: store.kind,
      GALAXY_DATA: dataDir,
      GALAXY_TABLE: table,
      ...aws,
    },
    close: () => {
      client.destroy();
      local.close();
    },
  };
}
