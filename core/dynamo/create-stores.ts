import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CheckpointStore, SchemaStore } from '../checkpoint.ts';
import type { HistoryStore } from '../history.ts';
import type { LeaseStore } from '../lease.ts';
import type { TaskStore } from '../task.ts';
import { createCheckpointStore, createSchemaStore } from './checkpoint-store.ts';
import { createHistoryStore } from './history-store.ts';
import { Table } from './items.ts';
import { createLeaseStore } from './lease-store.ts';
import { createTaskStore } from './task-store.ts';

export interface DynamoStores {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
}

/** All stores in one table; secrets are elsewhere. CDC_STORE_UNAVAILABLE where DynamoDB does not answer. */
export function createDynamoStores(client: DynamoDBClient, tableName: string): DynamoStores {
  const table = new Table(client, tableName);
  return {
    tasks: createTaskStore(table),
    leases: createLeaseStore(table),
    checkpoints: createCheckpointStore(table),
    schemas: createSchemaStore(table),
    history: createHistoryStore(table),
  };
}
