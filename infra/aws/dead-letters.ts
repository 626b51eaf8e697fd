/** Where an invocation ends that was tried in vain. */
import { named, type Statement } from './policies.ts';

const TWO_WEEKS_S = 14 * 24 * 3600;

export interface DeadLetters {
  readonly queue: aws.sqs.Queue;
  readonly sends: Statement;
}

export function deadLetters(name: string): DeadLetters {
  const queue = new aws.sqs.Queue(named(`${name}-dead-letters`), {
    messageRetentionSeconds: TWO_WEEKS_S,
    sqsManagedSseEnabled: true,
  });
  return { queue, sends: { actions: ['sqs:SendMessage'], resources: [queue.arn] } };
}

/**
 * EventBridge and the scheduler hand an invocation over and are done: what the function then makes of it Lambda
 * repeats, and puts aside in the end.
 */
export function retryInvocations(
  name: string,
  fn: sst.aws.Function,
  { queue }: DeadLetters,
  limits: { readonly retries: 0 | 1 | 2; readonly maximumAgeS: number },
): void {
  new aws.lambda.FunctionEventInvokeConfig(named(`${name}-retries`), {
    functionName: fn.name,
    maximumRetryAttempts: limits.retries,
    maximumEventAgeInSeconds: limits.maximumAgeS,
    destinationConfig: { onFailure: { destination: queue.arn } },
  });
}
