/** What wakes a person, and who. Each alarm says what to do first. */
import {
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  RUN_DIED_EVENT,
  RUN_DIED_METRIC,
  type SweepMetric,
} from '../../core/metric-names.ts';
import { api, gateway } from './api.ts';
import { eventDeadLetters, taskEvents } from './events.ts';
import { named } from './policies.ts';
import { account, stage } from './stage.ts';
import { sweep, sweepDeadLetters } from './sweep.ts';

const topic = new aws.sns.Topic(named('alarms'), { displayName: `Galaxy ${stage.name}` });

new aws.sns.TopicPolicy(named('alarms-policy'), {
  arn: topic.arn,
  policy: aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ['sns:Publish'],
        resources: [topic.arn],
        principals: [{ type: 'Service', identifiers: ['cloudwatch.amazonaws.com'] }],
        conditions: [{ test: 'StringEquals', variable: 'aws:SourceAccount', values: [account] }],
      },
    ],
  }).json,
});

if (stage.alarmEmail !== null) {
  new aws.sns.TopicSubscription(named('alarms-email'), {
    topic: topic.arn,
    protocol: 'email',
    endpoint: stage.alarmEmail,
  });
}

// Whichever of the functions finds a run dead says so in its log.
for (const { name, logGroup } of [
  { name: 'api', logGroup: api.logGroup },
  { name: 'sweep', logGroup: sweep.logGroup },
  { name: 'task-events', logGroup: taskEvents.logGroup },
]) {
  new aws.cloudwatch.LogMetricFilter(named(`${name}-${RUN_DIED_METRIC}`), {
    logGroupName: logGroup.name,
    pattern: `{ $.event = "${RUN_DIED_EVENT}" }`,
    metricTransformation: {
      namespace: METRIC_NAMESPACE,
      // No dimension can be set here; the stage is in the name.
      name: `${stage.name}-${RUN_DIED_METRIC}`,
      value: '1',
    },
  });
}

interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly metric: {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions?: Readonly<Record<string, $util.Input<string>>>;
    readonly statistic: 'Sum' | 'Maximum' | 'Minimum' | 'SampleCount';
  };
  readonly when: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  /** In a row. */
  readonly periods: number;
  /** A minute if absent. */
  readonly periodS?: number;
  /** `breaching`: silence is what the alarm is for. */
  readonly missing?: 'breaching' | 'notBreaching';
}

function alarm(spec: Alarm): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(named(spec.name), {
    alarmDescription: spec.description,
    ...spec.metric,
    period: spec.periodS ?? 60,
    comparisonOperator: spec.when,
    threshold: spec.threshold,
    evaluationPeriods: spec.periods,
    datapointsToAlarm: spec.periods,
    treatMissingData: spec.missing ?? 'notBreaching',
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

const ofSweep = (metricName: SweepMetric, statistic: 'Sum' | 'Maximum' | 'Minimum' | 'SampleCount') => ({
  namespace: METRIC_NAMESPACE,
  metricName,
  dimensions: { [METRIC_DIMENSION]: stage.name },
  statistic,
});

const ofQueue = (queue: aws.sqs.Queue) => ({
  namespace: 'AWS/SQS',
  metricName: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: queue.name },
  statistic: 'Maximum' as const,
});

const when = 'GreaterThanThreshold';

export const alarms: readonly aws.cloudwatch.MetricAlarm[] = [
  alarm({
    name: 'task-failed',
    description:
      'A task has failed and waits for a person: GET /v1/task?state=failed says which, why and what helps.',
    metric: ofSweep('failed', 'Maximum'),
    when,
    threshold: 0,
    periods: 1,
  }),
  alarm({
    name: 'runner-restarts',
    description:
      "Three runners or more have died within five minutes: GET /v1/task/<id>/history, and the runners' log.",
    metric: {
      namespace: METRIC_NAMESPACE,
      metricName: `${stage.name}-${RUN_DIED_METRIC}`,
      statistic: 'Sum',
    },
    when,
    threshold: 2,
    periods: 1,
    periodS: 300,
  }),
  alarm({
    name: 'lag',
    description: `A task is more than ${stage.lagAlarmSeconds} s behind its source: GET /v1/task shows lag_ms and what it waits for.`,
    metric: ofSweep('lagMaxSeconds', 'Maximum'),
    when,
    threshold: stage.lagAlarmSeconds,
    periods: 5,
  }),
  alarm({
    name: 'no-heartbeat',
    description:
      "A task that should run has been without a runner's word for minutes: its history says why, ECS's stopped tasks too.",
    metric: ofSweep('silent', 'Maximum'),
    when,
    threshold: 0,
    periods: 5,
  }),
  alarm({
    name: 'no-sweep',
    description:
      'The sweep has not come round for five minutes: nothing is restarted. Look at the log of the function reconcile.',
    metric: ofSweep('tasks', 'SampleCount'),
    when: 'LessThanThreshold',
    threshold: 1,
    periods: 5,
    missing: 'breaching',
  }),
  alarm({
    name: 'purge-near',
    description:
      'A source deletes a binlog file within 12 hours that a task still needs: raise its retention, or the task is lost.',
    metric: ofSweep('purgeMinHours', 'Minimum'),
    when: 'LessThanThreshold',
    threshold: 12,
    periods: 5,
  }),
  alarm({
    name: 'sweep-dead-letters',
    description:
      'Sweeps were tried in vain and put aside: read one message, its function log has the reason.',
    metric: ofQueue(sweepDeadLetters.queue),
    when,
    threshold: 0,
    periods: 1,
  }),
  alarm({
    name: 'event-dead-letters',
    description:
      'ECS events were tried in vain and put aside; the sweep has done their work. Read one message.',
    metric: ofQueue(eventDeadLetters.queue),
    when,
    threshold: 0,
    periods: 1,
  }),
  alarm({
    name: 'api-5xx',
    description:
      "The API has answered with 5xx: its access log has the requests, the function's log the reasons.",
    metric: {
      namespace: 'AWS/ApiGateway',
      metricName: '5xx',
      dimensions: { ApiId: gateway.nodes.api.id },
      statistic: 'Sum',
    },
    when,
    threshold: 0,
    periods: 3,
  }),
];
