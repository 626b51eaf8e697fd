import {
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  RUN_DIED_EVENT,
  RUN_DIED_METRIC,
  SWEEP_METRICS,
} from '../../../core/metric-names.ts';
import { RETENTION_DAYS, type Stage } from '../../../infra/aws/settings.ts';
import type { Graph, Json } from '../../support/sst/graph.ts';
import { arn, at, container, list, ofType, only, type Problems, parse, sorted, text } from './read.ts';

/** Name, metric, comparison, threshold, seconds, periods, what silence means. */
type WantedAlarm = readonly [string, string, '>' | '<', number, number, number, string];

function wantedAlarms(stage: Stage): readonly WantedAlarm[] {
  return [
    ['api-5xx', 'AWS/ApiGateway 5xx Sum', '>', 0, 60, 3, 'notBreaching'],
    [
      'event-dead-letters',
      'AWS/SQS ApproximateNumberOfMessagesVisible Maximum',
      '>',
      0,
      60,
      1,
      'notBreaching',
    ],
    ['lag', 'Galaxy lagMaxSeconds Maximum', '>', stage.lagAlarmSeconds, 60, 5, 'notBreaching'],
    ['no-heartbeat', 'Galaxy silent Maximum', '>', 0, 60, 5, 'notBreaching'],
    ['no-sweep', 'Galaxy tasks SampleCount', '<', 1, 60, 5, 'breaching'],
    ['purge-near', 'Galaxy purgeMinHours Minimum', '<', 12, 60, 5, 'notBreaching'],
    ['runner-restarts', `Galaxy ${stage.name}-${RUN_DIED_METRIC} Sum`, '>', 2, 300, 1, 'notBreaching'],
    [
      'sweep-dead-letters',
      'AWS/SQS ApproximateNumberOfMessagesVisible Maximum',
      '>',
      0,
      60,
      1,
      'notBreaching',
    ],
    ['task-failed', 'Galaxy failed Maximum', '>', 0, 60, 1, 'notBreaching'],
  ];
}

function checkLogs(graph: Graph, stage: Stage, problems: Problems): void {
  const groups = ofType(graph, 'aws:cloudwatch/logGroup:LogGroup');
  for (const { name, inputs } of groups) {
    problems.expect(`${name}, days`, inputs.retentionInDays, RETENTION_DAYS[stage.logRetention]);
  }
  const names = groups.map(({ inputs }) => text(inputs.name));
  const own = ['api', 'reconcile', 'runner', 'task-events'].map((it) => `/galaxy/${stage.name}/${it}`);
  problems.expect('log groups', sorted(names.filter((name) => name.startsWith('/galaxy/'))), own);
  problems.expect('log groups in all', names.length, own.length + 1);
  for (const fn of ofType(graph, 'aws:lambda/function:Function')) {
    const group = text(at(fn.inputs, 'loggingConfig', 'logGroup'));
    problems.require(`${fn.name} writes into ${group}`, own.includes(group));
  }
  const runner = at(container(graph), 'logConfiguration', 'options', 'awslogs-group');
  problems.expect('the runner, log', runner, `/galaxy/${stage.name}/runner`);
  const api = text(
    at(only(graph, 'aws:apigatewayv2/stage:Stage').inputs, 'accessLogSettings', 'destinationArn'),
  );
  problems.require(
    'the access log goes nowhere',
    names.some((name) => api.endsWith(name)),
  );
}

function metricOf(inputs: Readonly<Record<string, Json>>): string {
  return [inputs.namespace, inputs.metricName ?? inputs.name, inputs.statistic].map(text).join(' ').trim();
}

function checkAlarms(graph: Graph, stage: Stage, problems: Problems): void {
  const topic = only(graph, 'aws:sns/topic:Topic');
  const topicArn = arn('sns', topic.name);
  const prefix = `galaxy-${stage.name}-`;
  const found = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm');
  const seen = found
    .map(({ name, inputs }) => [
      name.replace(prefix, ''),
      metricOf(inputs),
      inputs.comparisonOperator === 'GreaterThanThreshold' ? '>' : '<',
      inputs.threshold ?? null,
      inputs.period ?? null,
      inputs.evaluationPeriods ?? null,
      inputs.treatMissingData ?? null,
    ])
    .sort((a, b) => (text(a[0]) < text(b[0]) ? -1 : 1));
  problems.expect('alarms', seen, wantedAlarms(stage) as Json);
  for (const { name, inputs } of found) {
    problems.expect(`${name}, whom`, inputs.alarmActions, [topicArn]);
    problems.require(`${name} does not say what to do`, text(inputs.alarmDescription).length > 40);
    if (inputs.namespace !== METRIC_NAMESPACE || text(inputs.metricName).includes(RUN_DIED_METRIC)) continue;
    problems.expect(`${name}, stage`, inputs.dimensions, { [METRIC_DIMENSION]: stage.name });
    problems.require(
      `${name}: nobody tells ${text(inputs.metricName)}`,
      text(inputs.metricName) in SWEEP_METRICS,
    );
  }
  const mail = ofType(graph, 'aws:sns/topicSubscription:TopicSubscription').map(({ inputs }) => [
    inputs.topic ?? '',
    inputs.protocol ?? '',
    inputs.endpoint ?? '',
  ]);
  problems.expect(
    'who is told',
    mail,
    stage.alarmEmail === null ? [] : [[topicArn, 'email', stage.alarmEmail]],
  );
}

/** The restarts are counted in the logs of whoever notices them. */
function checkFilters(graph: Graph, stage: Stage, problems: Problems): void {
  const filters = ofType(graph, 'aws:cloudwatch/logMetricFilter:LogMetricFilter');
  const groups = sorted(filters.map(({ inputs }) => text(inputs.logGroupName)));
  problems.expect('logs that deaths are counted in', groups, [
    `/galaxy/${stage.name}/api`,
    `/galaxy/${stage.name}/reconcile`,
    `/galaxy/${stage.name}/task-events`,
  ]);
  for (const { name, inputs } of filters) {
    problems.expect(`${name}, pattern`, inputs.pattern, `{ $.event = "${RUN_DIED_EVENT}" }`);
    const { metricTransformation } = inputs;
    const metric = `${stage.name}-${RUN_DIED_METRIC}`;
    problems.expect(`${name}, metric`, at(metricTransformation, 'name'), metric);
    problems.expect(`${name}, namespace`, at(metricTransformation, 'namespace'), METRIC_NAMESPACE);
  }
}

function checkDashboard(graph: Graph, problems: Problems): void {
  const body = parse(only(graph, 'aws:cloudwatch/dashboard:Dashboard').inputs.dashboardBody);
  const widgets = list(at(body, 'widgets'));
  const told = widgets.flatMap((widget) => list(at(widget, 'properties', 'metrics')));
  const own = told
    .filter((metric) => at(metric, 0) === METRIC_NAMESPACE)
    .map((metric) => text(at(metric, 1)));
  for (const name of own) {
    problems.require(
      `the dashboard shows ${name}, which nobody tells`,
      name in SWEEP_METRICS || name.endsWith(RUN_DIED_METRIC),
    );
  }
  problems.require('the dashboard shows no metric of the sweep', own.length > 5);
  const alarms = widgets.flatMap((widget) => list(at(widget, 'properties', 'alarms')));
  problems.expect(
    'alarms on the dashboard',
    alarms.length,
    ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm').length,
  );
}

export function checkWatching(graph: Graph, stage: Stage, problems: Problems): void {
  checkLogs(graph, stage, problems);
  checkAlarms(graph, stage, problems);
  checkFilters(graph, stage, problems);
  checkDashboard(graph, problems);
}
