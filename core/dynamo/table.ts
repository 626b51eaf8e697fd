/**
 * The one table. Items of a task share the partition key `TASK#<id>`; the sort key says what they are:
 *
 *   META         the task in `json_body`; `task_version` and `task_state` beside it for conditions and indexes
 *   LEASE        run_owner, run_generation, fencing_token, expires_at_ms, run_status
 *   CHECKPOINT   fencing_token, the checkpoint in `json_body`; `is_closed` where it was forgotten
 *   SCHEMA#<version>                    which put of the schema history counts, and in how many parts it is
 *   SCHEMA#<version>#<put>#<chunk>      a part of it, below the 400 KB that an item may have
 *   HISTORY#<ms>#<sequence>#<writer>    one entry, with `expires_at_s` for the table's time to live
 *
 * Two sparse indexes hold keys only, of META items: `by_task` (all, in order of id) and `by_state`. A list reads
 * keys from an index and the items by BatchGetItem, so that it shows each task as it is now.
 *
 * Totals are counters, `COUNT#<shard>`, moved in the transaction that creates a task, removes it or changes its
 * state: exact, and read in one BatchGetItem of 16 small items. A COUNT query would read every key of an index for
 * each page, 1.5 MB at 10,000 tasks, two answers one after the other; one counter alone would be where all
 * creations meet.
 *
 * Every name but the two keys has an underscore: none is a reserved word of DynamoDB, so expressions name them as they are.
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

/** A client that tries once: the stores try again by themselves, within a bound of their own. */
export function createDynamoClient(options: DynamoOptions = {}): DynamoDBClient {
  const { endpoint, region } = options;
  return new DynamoDBClient({
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}
