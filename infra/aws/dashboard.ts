/** The stage on one page. */
import {
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  RUN_DIED_METRIC,
  type SweepMetric,
} from '../../core/metric-names.ts';
import { alarms } from './alarms.ts';
import { api, gateway } from './api.ts';
import { taskEvents } from './events.ts';
import { cluster, RUNNER_LOG_GROUP } from './runner.ts';
import { regionName, stage } from './stage.ts';
import { table } from './storage.ts';
import { sweep } from './sweep.ts';

type Stat = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'p99';
type Metric = readonly [namespace: string, name: string, ...rest: (string | { stat: Stat })[]];

/** Of several shards each tells of its own tasks: counts are added up, of extremes the worst counts. */
const ofSweep = (name: SweepMetric, stat: Stat): Metric => [
  METRIC_NAMESPACE,
  name,
  METRIC_DIMENSION,
  stage.name,
  { stat },
];

interface Names {
  readonly region: string;
  readonly apiId: string;
  readonly table: string;
  readonly cluster: string;
  readonly functions: readonly string[];
  readonly alarms: readonly string[];
}

const COLUMNS = 3;
const SIZE = { width: 8, height: 6 };

function graphs(names: Names): { title: string; metrics: readonly Metric[] }[] {
  const lambda = (name: string, stat: Stat): Metric[] =>
    names.functions.map((fn): Metric => ['AWS/Lambda', name, 'FunctionName', fn, { stat }]);
  const dynamo = (name: string): Metric => ['AWS/DynamoDB', name, 'TableName', names.table, { stat: 'Sum' }];
  const gatewayMetric = (name: string, stat: Stat): Metric => [
    'AWS/ApiGateway',
    name,
    'ApiId',
    names.apiId,
    { stat },
  ];
  return [
    {
      title: 'Tasks',
      metrics: [ofSweep('tasks', 'Sum'), ofSweep('silent', 'Sum'), ofSweep('failed', 'Maximum')],
    },
    { title: 'Lag of the slowest task, seconds', metrics: [ofSweep('lagMaxSeconds', 'Maximum')] },
    {
      title: 'Runners that died, runners replaced',
      metrics: [
        [METRIC_NAMESPACE, `${stage.name}-${RUN_DIED_METRIC}`, { stat: 'Sum' }],
        ofSweep('replaced', 'Sum'),
        ofSweep('strays', 'Sum'),
      ],
    },
    { title: 'Hours until a source purges what is needed', metrics: [ofSweep('purgeMinHours', 'Minimum')] },
    {
      title: 'Sweep',
      metrics: [ofSweep('ms', 'Maximum'), ofSweep('left', 'Sum'), ofSweep('errors', 'Sum')],
    },
    { title: 'Functions: errors', metrics: [...lambda('Errors', 'Sum'), ...lambda('Throttles', 'Sum')] },
    {
      title: 'API: requests, errors',
      metrics: [gatewayMetric('Count', 'Sum'), gatewayMetric('4xx', 'Sum'), gatewayMetric('5xx', 'Sum')],
    },
    {
      title: 'API: latency, ms',
      metrics: [gatewayMetric('Latency', 'Average'), gatewayMetric('Latency', 'p99')],
    },
    {
      title: 'Table: capacity units consumed',
      metrics: [dynamo('ConsumedReadCapacityUnits'), dynamo('ConsumedWriteCapacityUnits')],
    },
  ];
}

function body(names: Names): string {
  const widgets = graphs(names).map(({ title, metrics }, i) => ({
    type: 'metric',
    x: (i % COLUMNS) * SIZE.width,
    y: 4 + Math.floor(i / COLUMNS) * SIZE.height,
    ...SIZE,
    properties: { title, metrics, region: names.region, period: 60, view: 'timeSeries' },
  }));
  const state = {
    type: 'alarm',
    x: 0,
    y: 0,
    width: 24,
    height: 4,
    properties: { title: 'Alarms', alarms: names.alarms },
  };
  const log = {
    type: 'log',
    x: 0,
    y: 4 + Math.ceil(widgets.length / COLUMNS) * SIZE.height,
    width: 24,
    height: 8,
    properties: {
      title: 'Runners: warnings and errors',
      region: names.region,
      view: 'table',
      query: `SOURCE '${RUNNER_LOG_GROUP}' | fields @timestamp, taskId, event, code, message | filter level != "info" | sort @timestamp desc | limit 100`,
    },
  };
  return JSON.stringify({ widgets: [state, ...widgets, log] });
}

export const dashboard = new aws.cloudwatch.Dashboard('Dashboard', {
  dashboardName: `${$app.name}-${stage.name}`,
  dashboardBody: $resolve({
    region: regionName,
    apiId: gateway.nodes.api.id,
    table: table.name,
    cluster: cluster.nodes.cluster.name,
    functions: [api.fn.name, sweep.fn.name, taskEvents.fn.name],
    alarms: alarms.map((alarm) => alarm.arn),
  }).apply(body),
});
