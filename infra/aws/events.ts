/** ECS tells of every task that ends; the task that it ran for is looked at at once. */
import { deadLetters, retryInvocations } from './dead-letters.ts';
import { createFunction } from './functions.ts';
import { named } from './policies.ts';
import { runnerArns } from './runner.ts';
import { arn, PREFIX } from './stage.ts';

export const eventDeadLetters = deadLetters('task-events');

export const taskEvents = createFunction({
  name: 'TaskEvents',
  file: 'task-events',
  timeout: '30 seconds',
  inVpc: false,
  statements: [eventDeadLetters.sends],
});

// An event that is an hour late has been overtaken by the sweep.
retryInvocations('task-events', taskEvents.fn, eventDeadLetters, { retries: 2, maximumAgeS: 3600 });

const subscription = sst.aws.Bus.subscribe(
  'TaskEnded',
  arn('events', 'event-bus/default'),
  taskEvents.fn.arn,
  {
    pattern: {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      // Of what comes before STOPPED the lease tells sooner and better.
      detail: { clusterArn: [runnerArns.cluster], startedBy: [{ prefix: PREFIX }], lastStatus: ['STOPPED'] },
    },
    transform: {
      target: (args) => {
        args.retryPolicy = { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 };
        args.deadLetterConfig = { arn: eventDeadLetters.queue.arn };
      },
    },
  },
);

// Taken out here: the component answers some of its properties with an error.
const ruleArn = subscription.apply((subscriber) => subscriber.nodes.rule.arn);

// EventBridge puts aside what it could not hand over under its own name, not a role's.
new aws.sqs.QueuePolicy(named('task-events-dead-letters-policy'), {
  queueUrl: eventDeadLetters.queue.url,
  policy: aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ['sqs:SendMessage'],
        resources: [eventDeadLetters.queue.arn],
        principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
        conditions: [
          {
            test: 'ArnEquals',
            variable: 'aws:SourceArn',
            values: [ruleArn],
          },
        ],
      },
    ],
  }).json,
});
