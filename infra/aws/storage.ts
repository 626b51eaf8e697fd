/** The one table. Keys and indexes are those that core/dynamo/table.ts says; a test holds both equal. */
import { stage } from './stage.ts';

export const table = new sst.aws.Dynamo('Table', {
  fields: {
    pk: 'string',
    sk: 'string',
    list_of: 'string',
    task_state: 'string',
    task_id: 'string',
  },
  primaryIndex: { hashKey: 'pk', rangeKey: 'sk' },
  globalIndexes: {
    by_task: { hashKey: 'list_of', rangeKey: 'task_id', projection: 'keys-only' },
    by_state: { hashKey: 'task_state', rangeKey: 'task_id', projection: 'keys-only' },
  },
  // what is in the history of a task goes after a time of its own
  ttl: 'expires_at_s',
  // point-in-time recovery and billing on demand are what the component does by itself; a test holds it to them
  deletionProtection: stage.production,
});

/** The table's ARN, then those of its indexes. */
export const tableArns = { table: table.arn, indexes: $interpolate`${table.arn}/index/*` };
