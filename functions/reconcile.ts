/** Lambda on schedules: brings what runs to what is wanted, whatever events got lost. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { secretsManager } from '../core/aws/secrets-manager.ts';
import { createDynamoClient } from '../core/dynamo/table.ts';
import { type AwsReconciler, awsReconciler } from './aws-home.ts';
import { sweepOnSchedule } from './tasks/scheduled-sweep.ts';

/** What is used of Lambda's context. */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

let made: AwsReconciler | null = null;

function create(): AwsReconciler {
  const ecs = new ECSClient({ maxAttempts: 1 });
  return awsReconciler(process.env, { dynamo: createDynamoClient(), ecs, secrets: secretsManager() });
}

/** `input`: `{"shard": 0, "of": 4}` of a schedule that is one of four; anything without both looks at all tasks. */
export async function handler(input: unknown, context: LambdaContext): Promise<void> {
  made ??= create();
  const { deps, stage, rollAtOnce } = made;
  await sweepOnSchedule(deps, input, { stage, rollAtOnce, remainingMs: context.getRemainingTimeInMillis() });
}
