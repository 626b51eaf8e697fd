/** Lambda on "ECS Task State Change": looks at the one task whose run has ended. May come late, twice or not at all. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { secretsManager } from '../core/aws/secrets-manager.ts';
import { createDynamoClient } from '../core/dynamo/table.ts';
import { type AwsReconciler, awsReconciler } from './aws-home.ts';
import { readTaskEvent } from './launcher/ecs-events.ts';
import { onTaskEvent } from './tasks/task-event.ts';

let made: AwsReconciler | null = null;

function create(): AwsReconciler {
  const ecs = new ECSClient({ maxAttempts: 1 });
  return awsReconciler(process.env, { dynamo: createDynamoClient(), ecs, secrets: secretsManager() });
}

export async function handler(event: unknown): Promise<void> {
  made ??= create();
  await onTaskEvent(made.deps, readTaskEvent(event, made.events));
}
