/**
 * The one table. Items of a task share the partition key `TASK#<id>`; the sort key says what they are:
 *
 *   META         the task, as JSON in `item`; `version` and `task_state` beside it for conditions and indexes
 *   LEASE        owner, generation, token, expires_at_ms, run_status
 *   CHECKPOINT   token, the checkpoint as JSON in `item`
 *   SCHEMA#<version>#<chunk>    a part of the schema history, below the 400 KB that an item may have
 *   HISTORY#<ms>#<sequence>     one entry, with `expires_at_s` for the table's time to live
 *
 * Two sparse indexes hold keys only, of META items: `by_task` (all, in order of id) and `by_state`. A list reads
 * keys from an index and the items by BatchGetItem; its total is a COUNT over the same keys, about 100 bytes each,
 * which stays one or two pages at 10,000 tasks. A counter item would be exact as well, but every creation and state
 * change would meet at it.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

export const TTL_ATTRIBUTE = 'expires_at_s';
export const BY_TASK = 'by_task';
export const BY_STATE = 'by_state';
export const ALL_TASKS = 'TASKS';

export const TABLE: Omit<CreateTableCommandInput, 'TableName'> = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'list_of', AttributeType: 'S' },
    { AttributeName: 'task_state', AttributeType: 'S' },
    { AttributeName: 'task_id', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: BY_TASK,
      KeySchema: [
        { AttributeName: 'list_of', KeyType: 'HASH' },
        { AttributeName: 'task_id', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: BY_STATE,
      KeySchema: [
        { AttributeName: 'task_state', KeyType: 'HASH' },
        { AttributeName: 'task_id', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

/** Makes the table and waits until it can be used; one that is there is left as it is. For emulators and single machines. */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand({ ...TABLE, TableName: tableName }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceInUseException')) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: tableName });
  try {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
      }),
    );
  } catch (error) {
    // it is on already
    if (!(error instanceof Error && error.name === 'ValidationException')) throw error;
  }
}

export interface DynamoOptions {
  /** Absent: AWS. */
  readonly endpoint?: string;
  readonly region?: string;
}

/** A client that retries what may help, within a few seconds. */
export function createDynamoClient(options: DynamoOptions = {}): DynamoDBClient {
  const { endpoint, region } = options;
  return new DynamoDBClient({
    maxAttempts: 6,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}
