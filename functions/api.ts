/** Lambda behind API Gateway: the HTTP API. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { handle } from 'hono/aws-lambda';
import { secretsManager } from '../core/aws/secrets-manager.ts';
import { createApp } from './app.ts';
import { awsApi } from './aws-home.ts';
import { withoutStage } from './stage-path.ts';

type Handler = ReturnType<typeof handle>;

/** Made at the first request, so that a wrong setting is an answer in the log of a request and not of a start. */
let made: Handler | null = null;

function create(): Handler {
  const dynamo = new DynamoDBClient({});
  const ecs = new ECSClient({ maxAttempts: 1 });
  const secrets = secretsManager();
  return handle(createApp(awsApi(process.env, { dynamo, ecs, secrets })));
}

export const handler: Handler = (event, context) => {
  made ??= create();
  return made(withoutStage(event), context);
};
