import { join } from 'node:path';
import type { CheckpointStore, SchemaStore } from '../checkpoint.ts';
import type { HistoryStore } from '../history.ts';
import type { LeaseStore } from '../lease.ts';
import type { SecretStore } from '../secret-store.ts';
import type { TaskStore } from '../task.ts';
import { createCheckpointStore } from './checkpoint-store.ts';
import { Database } from './database.ts';
import { createHistoryStore } from './history-store.ts';
import { createLeaseStore } from './lease-store.ts';
import { createSchemaStore } from './schema-store.ts';
import { createSealedSecrets } from './sealed-secrets.ts';
import { createTaskStore } from './task-store.ts';

export interface SqliteStores {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
  readonly secrets: SecretStore;
  close(): void;
}

/** All stores of one machine in a data folder: galaxy.db and secret.key. CDC_CONFIG for files that are not ours. */
export function createSqliteStores(options: { readonly dataDir: string }): SqliteStores {
  const db = new Database(join(options.dataDir, 'galaxy.db'));
  return {
    tasks: createTaskStore(db),
    leases: createLeaseStore(db),
    checkpoints: createCheckpointStore(db),
    schemas: createSchemaStore(db),
    history: createHistoryStore(db),
    secrets: createSealedSecrets(db, join(options.dataDir, 'secret.key'), join(options.dataDir, 'secrets')),
    close: () => db.close(),
  };
}
