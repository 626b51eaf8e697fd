import { randomUUID } from 'node:crypto';
import { createDynamoStores } from '../../../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../../../core/dynamo/table.ts';
import { storeContract } from '../../../contract/store-contract.ts';
import { testServers } from '../../../support/servers.ts';

storeContract('DynamoDB', async () => {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  const client = createDynamoClient({ endpoint, region: 'eu-west-1' });
  const other = createDynamoClient({ endpoint, region: 'eu-west-1' });
  const table = `galaxy-${randomUUID()}`;
  await createTable(client, table);
  return {
    stores: createDynamoStores(client, table),
    second: createDynamoStores(other, table),
    close: async () => {
      client.destroy();
      other.destroy();
    },
  };
});
