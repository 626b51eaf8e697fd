import { CdcError } from '../core/errors.ts';
import { createSqliteStores, type SqliteStores } from '../core/sqlite/create-stores.ts';
import type { RunnerConfig } from './config.ts';

/** The stores that the configuration names. */
export async function openStores(store: RunnerConfig['store']): Promise<SqliteStores> {
  if (store.kind === 'sqlite') return createSqliteStores({ dataDir: store.dataDir });
  throw new CdcError('CDC_NOT_SUPPORTED', 'the DynamoDB store');
}
