import { createSqliteStores } from '../../core/sqlite/create-stores.ts';
import type { Stores } from '../../functions/deps.ts';
import type { UpOptions } from './options.ts';

export interface OpenStores {
  readonly stores: Stores;
  /** How a runner finds the same stores. */
  readonly runnerEnv: Record<string, string>;
  close(): void;
}

/** Opens the stores that the options name. */
export async function openStores(options: UpOptions): Promise<OpenStores> {
  const { store, dataDir } = options;
  const stores = createSqliteStores({ dataDir });
  return {
    stores,
    runnerEnv: { GALAXY_STORE: store.kind, GALAXY_DATA: dataDir },
    close: () => stores.close(),
  };
}
