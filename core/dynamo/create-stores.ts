import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CheckpointStore, SchemaStore } from '../checkpoint.ts';
import type { HistoryStore } from '../history.ts';
import type { LeaseStore } from '../lease.ts';
import type { TaskStore } from '../task.ts';
import { createCheckpointStore } from './checkpoint-store.ts';
import { createHistoryStore } from './history-store.ts';
import { createLeaseStore } from './lease-store.ts';
import { PATIENCE, type Patience } from './patience.ts';
import { Requests } from './requests.ts';
import { createSchemaStore } from './schema-store.ts';
import { createTaskStore } from './task-store.ts';

export interface DynamoStores {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
}

/** All stores in one table; secrets are elsewhere. CDC_STORE_UNAVAILABLE where DynamoDB does not answer in time. */
export function createDynamoStores(
  client: DynamoDBClient,
  tableName: string,
  patience: Patience = PATIENCE,
): DynamoStores {
  const requests = new Requests(client, tableName, patience);
  return {
    tasks: createTaskStore(requests),
    leases: createLeaseStore(requests),
    checkpoints: createCheckpointStore(requests),
    schemas: createSchemaStore(requests),
    history: createHistoryStore(requests),
  };
}
