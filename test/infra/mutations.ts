/** Changes that a deployment must not get unnoticed. Each is made to a whole graph, and the checks have to tell. */
import type { Graph, Inputs, Json, Resource } from '../support/sst/graph.ts';

export interface Mutation {
  readonly name: string;
  readonly change: (graph: Graph) => Graph;
}

type Change = (inputs: Inputs) => Inputs;

/** Changes the resources of a type whose names end so; a mutation that changes nothing is an error of its own. */
function change(type: string, ending: string, how: Change): (graph: Graph) => Graph {
  return (graph) => {
    let changed = 0;
    const resources = graph.resources.map((resource): Resource => {
      if (resource.type !== type || !resource.name.endsWith(ending)) return resource;
      changed += 1;
      return { ...resource, inputs: how(resource.inputs) };
    });
    if (changed === 0) throw new Error(`no resource of ${type} ${ending}`);
    return { ...graph, resources };
  };
}

const set =
  (fields: Inputs): Change =>
  (inputs) => ({ ...inputs, ...fields });

const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const TASK = 'aws:ecs/taskDefinition:TaskDefinition';
const ROLE = 'aws:iam/role:Role';
const FUNCTION = 'aws:lambda/function:Function';
const TABLE = 'aws:dynamodb/table:Table';
const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm';
const RULE = 'aws:cloudwatch/eventRule:EventRule';
const TARGET = 'aws:cloudwatch/eventTarget:EventTarget';
const SCHEDULE = 'aws:scheduler/schedule:Schedule';
const LOG_GROUP = 'aws:cloudwatch/logGroup:LogGroup';
const GROUP = 'aws:ec2/securityGroup:SecurityGroup';
const RETRIES = 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig';

/** In the JSON text of an input. */
const inText =
  (name: string, from: string | RegExp, to: string): Change =>
  (inputs) => {
    const before = String(inputs[name]);
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${from} is not in ${name}`);
    return { ...inputs, [name]: after };
  };

/** In the text of the role's own policy. */
const inPolicy =
  (from: string | RegExp, to: string): Change =>
  (inputs) => ({
    ...inputs,
    inlinePolicies: asList(inputs.inlinePolicies).map((policy) =>
      inText('policy', from, to)(policy as Inputs),
    ),
  });

const container = (from: string | RegExp, to: string) =>
  change(TASK, '', inText('containerDefinitions', from, to));

const within =
  (name: string, fields: Inputs): Change =>
  (inputs) => ({ ...inputs, [name]: { ...(inputs[name] as Inputs), ...fields } });

const without =
  (type: string, ending: string): ((graph: Graph) => Graph) =>
  (graph) => {
    const resources = graph.resources.filter((it) => it.type !== type || !it.name.endsWith(ending));
    if (resources.length === graph.resources.length) throw new Error(`no resource of ${type} ${ending}`);
    return { ...graph, resources };
  };

/** The subnets that functions and runners are told of. */
const publicSubnets: Change = (inputs) => ({
  ...inputs,
  environment: JSON.parse(
    JSON.stringify(inputs.environment).replaceAll('PrivateSubnet', 'PublicSubnet'),
  ) as Json,
});

const RUNNER: readonly Mutation[] = [
  { name: 'a shorter stopTimeout', change: container('"stopTimeout":120', '"stopTimeout":30') },
  { name: 'no stopTimeout', change: container('"stopTimeout":120,', '') },
  {
    name: 'a root that can be written',
    change: container('"readonlyRootFilesystem":true', '"readonlyRootFilesystem":false'),
  },
  { name: 'the root user', change: container('"user":"1000:1000"', '"user":"0"') },
  {
    name: 'a secret in the task definition',
    change: container('"environment":[', '"environment":[{"name":"PASSWORD","value":"x"},'),
  },
  {
    name: 'a secret by reference in the task definition',
    change: container('"secrets":[]', '"secrets":[{"name":"P","valueFrom":"arn"}]'),
  },
  { name: 'another health check', change: container('/app/health.mjs', '/app/main.mjs') },
  { name: 'capabilities kept', change: container('"drop":["ALL"]', '"drop":[]') },
  { name: 'a log driver that blocks', change: container('non-blocking', 'blocking') },
  { name: 'x86', change: change(TASK, '', set({ runtimePlatform: { cpuArchitecture: 'X86_64' } })) },
  {
    name: 'another Node in the image',
    change: change('docker-build:index:Image', '', within('buildArgs', { NODE_IMAGE: 'node:22-slim' })),
  },
  {
    name: 'another Node in Lambda',
    change: change(FUNCTION, 'SweepFunction', set({ runtime: 'nodejs22.x' })),
  },
];

const NETWORK: readonly Mutation[] = [
  { name: 'public subnets for the runners', change: change(FUNCTION, '', publicSubnets) },
  {
    name: 'public subnets for the runners of one function',
    change: change(FUNCTION, 'SweepFunction', publicSubnets),
  },
  {
    name: 'a private subnet that gives public addresses',
    change: change('aws:ec2/subnet:Subnet', 'PrivateSubnet1', set({ mapPublicIpOnLaunch: true })),
  },
  {
    name: 'a private subnet with a way to the internet gateway',
    change: change(
      'aws:ec2/routeTable:RouteTable',
      'PrivateRouteTable1',
      set({ routes: [{ cidrBlock: '0.0.0.0/0', gatewayId: 'igw' }] }),
    ),
  },
  {
    name: 'a private subnet with no way out',
    change: change('aws:ec2/routeTable:RouteTable', 'PrivateRouteTable1', set({ routes: [] })),
  },
  { name: 'the API outside of the VPC', change: change(FUNCTION, 'ApiFunction', set({ vpcConfig: null })) },
  {
    name: 'something that comes in',
    change: change(
      GROUP,
      '',
      set({ ingress: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidrBlocks: ['0.0.0.0/0'] }] }),
    ),
  },
  {
    name: 'more than TCP goes out',
    change: change(
      GROUP,
      '',
      set({ egress: [{ protocol: '-1', fromPort: 0, toPort: 0, cidrBlocks: ['0.0.0.0/0'] }] }),
    ),
  },
  {
    name: 'a default security group that lets through',
    change: change(
      'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
      '',
      set({ ingress: [{ protocol: '-1' }] }),
    ),
  },
  {
    name: 'no endpoint for DynamoDB',
    change: without('aws:ec2/vpcEndpoint:VpcEndpoint', 'dynamodb-endpoint'),
  },
];

const STORAGE: readonly Mutation[] = [
  {
    name: 'no point-in-time recovery',
    change: change(TABLE, '', set({ pointInTimeRecovery: { enabled: false } })),
  },
  {
    name: 'no deletion protection in production',
    change: change(TABLE, '', set({ deletionProtectionEnabled: false })),
  },
  { name: 'no time to live', change: change(TABLE, '', set({ ttl: null })) },
  {
    name: 'another time to live',
    change: change(TABLE, '', set({ ttl: { attributeName: 'expires_at', enabled: true } })),
  },
  {
    name: 'no index by state',
    change: change(TABLE, '', (it) => ({
      ...it,
      globalSecondaryIndexes: asList(it.globalSecondaryIndexes).slice(0, 1),
    })),
  },
  { name: 'provisioned capacity', change: change(TABLE, '', set({ billingMode: 'PROVISIONED' })) },
  {
    name: 'a table that goes with its stage',
    change: (graph) => ({
      ...graph,
      resources: graph.resources.map((it) => ({ ...it, retainOnDelete: false })),
    }),
  },
  {
    name: 'a production stage that can be removed',
    change: (graph) => ({ ...graph, app: { ...graph.app, protect: false } }),
  },
];

const INVOCATIONS: readonly Mutation[] = [
  {
    name: "another detail type in the rule's pattern",
    change: change(RULE, '', inText('eventPattern', 'Task State Change', 'Container Instance State Change')),
  },
  {
    name: 'another status in the pattern',
    change: change(RULE, '', inText('eventPattern', 'STOPPED', 'RUNNING')),
  },
  {
    name: 'every cluster in the pattern',
    change: change(RULE, '', inText('eventPattern', /"clusterArn":\[[^\]]*\],/, '')),
  },
  { name: 'a rule that is off', change: change(RULE, '', set({ state: 'DISABLED' })) },
  { name: 'a rule without dead letters', change: change(TARGET, '', set({ deadLetterConfig: null })) },
  { name: 'a rule without retries', change: change(TARGET, '', set({ retryPolicy: null })) },
  { name: 'dead letters that nobody may send', change: without('aws:sqs/queuePolicy:QueuePolicy', '') },
  { name: 'a rarer sweep', change: change(SCHEDULE, '', set({ scheduleExpression: 'rate(5 minutes)' })) },
  {
    name: 'a sweep without dead letters',
    change: change(SCHEDULE, '', within('target', { deadLetterConfig: null })),
  },
  {
    name: 'a sweep without retries',
    change: change(SCHEDULE, '', within('target', { retryPolicy: { maximumRetryAttempts: 0 } })),
  },
  {
    name: 'a sweep of another shard',
    change: change(SCHEDULE, '', within('target', { input: '{"shard":1,"of":1}' })),
  },
  { name: 'no sweep', change: without(SCHEDULE, '') },
  {
    name: 'a failed sweep that is forgotten',
    change: change(RETRIES, 'sweep-retries', set({ destinationConfig: null })),
  },
  { name: 'a sweep that may take longer', change: change(FUNCTION, 'SweepFunction', set({ timeout: 120 })) },
  { name: 'an API that outlives API Gateway', change: change(FUNCTION, 'ApiFunction', set({ timeout: 60 })) },
  {
    name: 'pages of other origins',
    change: change('aws:apigatewayv2/api:Api', '', set({ corsConfiguration: { allowOrigins: ['*'] } })),
  },
  { name: 'another route', change: change('aws:apigatewayv2/route:Route', '', set({ routeKey: 'GET /v1' })) },
  {
    name: 'unlimited requests',
    change: change('aws:apigatewayv2/stage:Stage', '', set({ defaultRouteSettings: null })),
  },
];

const ROLES: readonly Mutation[] = [
  {
    name: "a role's resource that is everything",
    change: change(ROLE, '-runner', inPolicy(/arn:aws:dynamodb[^"]*/, '*')),
  },
  {
    name: "a role's resource of another stage",
    change: change(ROLE, '-runner', inPolicy(/secret:galaxy\/production\//, 'secret:galaxy/')),
  },
  {
    name: 'an action that is everything',
    change: change(ROLE, '-runner', inPolicy('dynamodb:GetItem', 'dynamodb:*')),
  },
  { name: 'one action more', change: change(ROLE, '-runner', inPolicy('dynamodb:GetItem', 'dynamodb:Scan')) },
  {
    name: 'a role that trusts the account',
    change: change(
      ROLE,
      '-api',
      inText(
        'assumeRolePolicy',
        '"Service":["lambda.amazonaws.com"]',
        '"AWS":["arn:aws:iam::123456789012:root"]',
      ),
    ),
  },
  {
    name: 'a role that ECS may take on for anybody',
    change: change(ROLE, '-runner', inText('assumeRolePolicy', /,"Condition":\{.*?\}\}/, '')),
  },
  {
    name: 'a managed policy',
    change: change(ROLE, '-api', set({ managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })),
  },
  {
    name: 'runs of any cluster',
    change: change(ROLE, '-reconcile', inPolicy('"ecs:cluster"', '"ecs:clusters"')),
  },
  {
    name: 'roles passed on to anything',
    change: change(ROLE, '-reconcile', inPolicy('iam:PassedToService', 'iam:PassedToServices')),
  },
  {
    name: 'a resource that is everything without a reason',
    change: change(ROLE, '-reconcile', inPolicy('SecretsCanOnlyBeListedForTheWholeAccount', 'Whatever')),
  },
  {
    name: "the runner with the API's role",
    change: change(TASK, '', set({ taskRoleArn: 'arn:aws:iam::123456789012:role/galaxy-production-api' })),
  },
];

const WATCHING: readonly Mutation[] = [
  {
    name: 'a shorter retention',
    change: change(LOG_GROUP, 'RunnerLogGroupRunner', set({ retentionInDays: 1 })),
  },
  {
    name: 'a log without an end',
    change: change(LOG_GROUP, 'GatewayAccessLog', set({ retentionInDays: null })),
  },
  {
    name: 'an alarm on a metric that nobody tells',
    change: change(ALARM, '-lag', set({ metricName: 'lagSeconds' })),
  },
  { name: 'an alarm of another stage', change: change(ALARM, '-lag', set({ dimensions: { stage: 'dev' } })) },
  { name: 'an alarm that tells nobody', change: change(ALARM, '-task-failed', set({ alarmActions: [] })) },
  { name: 'no alarm for dead letters', change: without(ALARM, '-sweep-dead-letters') },
  {
    name: 'an alarm that takes silence for good news',
    change: change(ALARM, '-no-sweep', set({ treatMissingData: 'notBreaching' })),
  },
  {
    name: 'deaths that are not counted',
    change: without('aws:cloudwatch/logMetricFilter:LogMetricFilter', '-task-events-runs-died'),
  },
  {
    name: 'deaths by another name',
    change: change(
      'aws:cloudwatch/logMetricFilter:LogMetricFilter',
      '',
      set({ pattern: '{ $.event = "died" }' }),
    ),
  },
  { name: 'nobody told', change: without('aws:sns/topicSubscription:TopicSubscription', '') },
];

/** Of the graph of the stage `production`. */
export const MUTATIONS: readonly Mutation[] = [
  ...RUNNER,
  ...NETWORK,
  ...STORAGE,
  ...INVOCATIONS,
  ...ROLES,
  ...WATCHING,
];
