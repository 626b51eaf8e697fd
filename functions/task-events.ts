/** Lambda on "ECS Task State Change": looks at the one task whose run has changed. May come late, twice or not at all. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { secretsManager } from '../core/aws/secrets-manager.ts';
import { type AwsReconcilerDeps, awsReconciler } from './aws-home.ts';
import { reconcileTask } from './tasks/reconciler.ts';

/** What is read of the event; what else it says is not believed but looked up. */
interface TaskStateChange {
  readonly detail?: { readonly taskArn?: string };
}

let made: AwsReconcilerDeps | null = null;

function create(): AwsReconcilerDeps {
  const dynamo = new DynamoDBClient({});
  const ecs = new ECSClient({});
  const secrets = secretsManager();
  return awsReconciler(process.env, { dynamo, ecs, secrets });
}

export async function handler(event: TaskStateChange): Promise<void> {
  made ??= create();
  const arn = event.detail?.taskArn;
  const taskId = arn === undefined ? null : await made.launcher.taskOf(arn);
  if (taskId !== null) await reconcileTask(made, taskId);
}
