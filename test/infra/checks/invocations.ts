import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../../../infra/aws/settings.ts';
import type { Graph } from '../../support/sst/graph.ts';
import { arn, at, environment, list, ofType, only, type Problems, parse, sorted, text } from './read.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUNDLE_BYTES_MAX = 1_500_000;

const nameOf = (graph: Graph, fn: string): string =>
  text(only(graph, 'aws:lambda/function:Function', `${fn}Function`).inputs.name);
const fnArn = (graph: Graph, fn: string): string => arn('lambda', `function:${nameOf(graph, fn)}`);
const queueArn = (graph: Graph, name: string): string =>
  arn('sqs', only(graph, 'aws:sqs/queue:Queue', name).name);

function checkFunctions(graph: Graph, problems: Problems): void {
  const wanted = [
    ['Api', 'api.handler', 29],
    ['Sweep', 'reconcile.handler', 60],
    ['TaskEvents', 'task-events.handler', 30],
  ] as const;
  const functions = ofType(graph, 'aws:lambda/function:Function');
  problems.expect(
    'functions',
    sorted(functions.map(({ name }) => name)),
    sorted(wanted.map(([it]) => `${it}Function`)),
  );
  for (const [name, handler, timeout] of wanted) {
    const { inputs } = only(graph, 'aws:lambda/function:Function', `${name}Function`);
    problems.expect(`${name}, handler`, inputs.handler, handler);
    problems.expect(`${name}, timeout`, inputs.timeout, timeout);
    const build = graph.builds.find(({ functionID }) => functionID === name);
    const file = join(ROOT, build?.bundle ?? '', handler.replace(/\.handler$/, '.mjs'));
    problems.require(`${name}: ${file} is not there`, existsSync(file));
    if (existsSync(file)) problems.require(`${file} is large`, statSync(file).size < BUNDLE_BYTES_MAX);
  }
}

function checkApi(graph: Graph, problems: Problems): void {
  problems.expect(
    'routes',
    ofType(graph, 'aws:apigatewayv2/route:Route').map(({ inputs }) => inputs.routeKey ?? ''),
    ['$default'],
  );
  const { inputs } = only(graph, 'aws:apigatewayv2/integration:Integration');
  problems.expect('the route leads to', inputs.integrationUri, fnArn(graph, 'Api'));
  problems.expect('events', inputs.payloadFormatVersion, '2.0');
  const cors = only(graph, 'aws:apigatewayv2/api:Api').inputs.corsConfiguration ?? {};
  problems.expect('other origins', cors, {});
  const settings = only(graph, 'aws:apigatewayv2/stage:Stage').inputs.defaultRouteSettings;
  problems.require('requests are not limited', Number(at(settings, 'throttlingRateLimit') ?? 0) > 0);
  const env = environment(graph, 'Api');
  problems.require('the API has no tokens', text(env.GALAXY_TOKENS) !== '');
  for (const fn of ['Sweep', 'TaskEvents'] as const) {
    problems.require(`${fn} has tokens`, environment(graph, fn).GALAXY_TOKENS === undefined);
  }
}

function checkEvents(graph: Graph, stage: Stage, problems: Problems): void {
  const rule = only(graph, 'aws:cloudwatch/eventRule:EventRule').inputs;
  const cluster = arn('ecs', `cluster/${text(only(graph, 'aws:ecs/cluster:Cluster').inputs.name)}`);
  problems.expect('the rule, pattern', parse(rule.eventPattern), {
    'detail-type': ['ECS Task State Change'],
    source: ['aws.ecs'],
    detail: {
      clusterArn: [cluster],
      startedBy: [{ prefix: `galaxy/${stage.name}` }],
      lastStatus: ['STOPPED'],
    },
  });
  problems.expect('the rule, bus', rule.eventBusName, 'default');
  problems.expect('the rule, state', rule.state, 'ENABLED');
  const target = only(graph, 'aws:cloudwatch/eventTarget:EventTarget').inputs;
  const dead = queueArn(graph, 'task-events-dead-letters');
  problems.expect('the rule leads to', target.arn, fnArn(graph, 'TaskEvents'));
  problems.expect('the rule, dead letters', at(target, 'deadLetterConfig', 'arn'), dead);
  problems.require(
    'the rule does not retry',
    Number(at(target, 'retryPolicy', 'maximumRetryAttempts') ?? 0) > 0,
  );
  const policy = list(at(parse(only(graph, 'aws:sqs/queuePolicy:QueuePolicy').inputs.policy), 'Statement'));
  problems.expect('who may put events aside', policy, [
    {
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: [dead],
      Principal: { Service: ['events.amazonaws.com'] },
      Condition: { ArnEquals: { 'aws:SourceArn': [arn('cloudwatch', text(rule.name))] } },
    },
  ]);
}

function checkSweep(graph: Graph, stage: Stage, problems: Problems): void {
  const schedules = ofType(graph, 'aws:scheduler/schedule:Schedule');
  const inputs = schedules.map((schedule) => parse(at(schedule.inputs, 'target', 'input')));
  const wanted = Array.from({ length: stage.sweepShards }, (_item, shard) => ({
    shard,
    of: stage.sweepShards,
  }));
  problems.expect('inputs of the schedules', inputs, wanted);
  for (const { name, inputs: schedule } of schedules) {
    problems.expect(`${name}, when`, schedule.scheduleExpression, 'rate(1 minute)');
    problems.expect(`${name}, window`, at(schedule, 'flexibleTimeWindow', 'mode'), 'OFF');
    problems.expect(`${name}, whom`, at(schedule, 'target', 'arn'), fnArn(graph, 'Sweep'));
    const dead = at(schedule, 'target', 'deadLetterConfig', 'arn');
    problems.expect(`${name}, dead letters`, dead, queueArn(graph, 'sweep-dead-letters'));
    const retries = at(schedule, 'target', 'retryPolicy', 'maximumRetryAttempts');
    problems.expect(`${name}, retries`, retries, 2);
  }
}

function checkRetries(graph: Graph, problems: Problems): void {
  const wanted = [
    ['Sweep', 'sweep', 1, 60],
    ['TaskEvents', 'task-events', 2, 3600],
  ] as const;
  for (const [fn, queue, retries, age] of wanted) {
    const config = ofType(graph, 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig').find(
      ({ inputs }) => inputs.functionName === nameOf(graph, fn),
    )?.inputs;
    problems.expect(`${fn}, retries`, config?.maximumRetryAttempts, retries);
    problems.expect(`${fn}, age`, config?.maximumEventAgeInSeconds, age);
    const dead = at(config, 'destinationConfig', 'onFailure', 'destination');
    problems.expect(`${fn}, put aside`, dead, queueArn(graph, `${queue}-dead-letters`));
  }
  for (const { name, inputs } of ofType(graph, 'aws:sqs/queue:Queue')) {
    problems.expect(`${name}, days`, Number(inputs.messageRetentionSeconds) / 86_400, 14);
    problems.expect(`${name}, encryption`, inputs.sqsManagedSseEnabled, true);
  }
}

export function checkInvocations(graph: Graph, stage: Stage, problems: Problems): void {
  checkFunctions(graph, problems);
  checkApi(graph, problems);
  checkEvents(graph, stage, problems);
  checkSweep(graph, stage, problems);
  checkRetries(graph, problems);
}
