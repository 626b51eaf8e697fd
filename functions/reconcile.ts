/** Lambda on a schedule: brings what runs to what is wanted, whatever events got lost. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { secretsManager } from '../core/aws/secrets-manager.ts';
import { type AwsReconcilerDeps, awsReconciler } from './aws-home.ts';
import { reconcileAll } from './tasks/reconciler.ts';

let made: AwsReconcilerDeps | null = null;

function create(): AwsReconcilerDeps {
  const dynamo = new DynamoDBClient({});
  const ecs = new ECSClient({});
  const secrets = secretsManager();
  return awsReconciler(process.env, { dynamo, ecs, secrets });
}

export async function handler(): Promise<void> {
  made ??= create();
  await reconcileAll(made);
}
