/** What the three Lambda functions have in common, and how each is made. */
import { network, securityGroup } from './network.ts';
import { named, role, type Statement, writesLog } from './policies.ts';
import { CONTAINER, runner, runnerArns } from './runner.ts';
import { ARCHITECTURE, LAMBDA_BUNDLE, LAMBDA_RUNTIME } from './runtime.ts';
import { deletesSecrets } from './secrets.ts';
import { RETENTION_DAYS } from './settings.ts';
import { PREFIX, stage } from './stage.ts';
import { table, tableArns } from './storage.ts';

/** What functions/aws-settings.ts reads. Names and ids. */
const environment = {
  GALAXY_STAGE: stage.name,
  GALAXY_TABLE: table.name,
  GALAXY_CLUSTER: runnerArns.cluster,
  // with its revision: runs of another one are replaced
  GALAXY_TASK_DEFINITION: runner.taskDefinition,
  GALAXY_CONTAINER: CONTAINER,
  GALAXY_SUBNETS: network.privateSubnets.apply((ids) => ids.join(',')),
  GALAXY_SECURITY_GROUPS: securityGroup.id,
  GALAXY_CAPACITY: stage.runner.capacity,
  GALAXY_ROLL_AT_ONCE: `${stage.runner.rollAtOnce}`,
};

const ofCluster = { test: 'ArnEquals', variable: 'ecs:cluster', values: [runnerArns.cluster] };

/** Each of them may have to reconcile a task: read and write its items, and start, find and stop its runner. */
const reconciles: readonly Statement[] = [
  {
    actions: [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:ConditionCheckItem',
    ],
    resources: [tableArns.table],
  },
  { actions: ['dynamodb:Query'], resources: [tableArns.indexes] },
  { actions: ['ecs:RunTask'], resources: [runnerArns.definitions], conditions: [ofCluster] },
  { actions: ['ecs:DescribeTasks', 'ecs:StopTask'], resources: [runnerArns.tasks], conditions: [ofCluster] },
  {
    actions: ['ecs:TagResource'],
    resources: [runnerArns.tasks],
    conditions: [{ test: 'StringEquals', variable: 'ecs:CreateAction', values: ['RunTask'] }],
  },
  {
    reason: 'FargateTasksAreListedByClusterAndHaveNoResourceToName',
    actions: ['ecs:ListTasks'],
    resources: ['*'],
    conditions: [ofCluster],
  },
  {
    actions: ['iam:PassRole'],
    resources: runnerArns.roles,
    conditions: [
      { test: 'StringEquals', variable: 'iam:PassedToService', values: ['ecs-tasks.amazonaws.com'] },
    ],
  },
  ...deletesSecrets,
];

/** A function in a VPC is attached to it by its own role. */
const attachesToVpc: Statement = {
  reason: 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: ['*'],
};

export interface FunctionSpec {
  /** Of the resource, as `Sweep`. */
  readonly name: string;
  /** Of its file in dist/lambda. */
  readonly file: 'api' | 'reconcile' | 'task-events';
  readonly timeout: `${number} seconds`;
  readonly inVpc: boolean;
  readonly environment?: Readonly<Record<string, $util.Input<string>>>;
  /** Beyond those of a reconciler. */
  readonly statements: readonly Statement[];
}

export interface DeployedFunction {
  readonly fn: sst.aws.Function;
  readonly logGroup: aws.cloudwatch.LogGroup;
}

export function createFunction(spec: FunctionSpec): DeployedFunction {
  const { name, file, timeout, inVpc, statements } = spec;
  const logGroup = new aws.cloudwatch.LogGroup(named(`${file}-log`), {
    name: `/${PREFIX}/${file}`,
    retentionInDays: RETENTION_DAYS[stage.logRetention],
  });
  const functionRole = role(file, 'lambda', [
    ...reconciles,
    ...statements,
    ...(inVpc ? [attachesToVpc] : []),
    writesLog(logGroup.arn),
  ]);
  const fn = new sst.aws.Function(name, {
    bundle: LAMBDA_BUNDLE,
    handler: `${file}.handler`,
    runtime: LAMBDA_RUNTIME,
    architecture: ARCHITECTURE,
    memory: '1024 MB',
    timeout,
    role: functionRole.arn,
    environment: { ...environment, ...spec.environment },
    // The product writes JSON lines itself; metrics are taken out of them as they are.
    logging: { logGroup: logGroup.name, format: 'text' },
    // Runs on AWS or not at all: there is `galaxy up` for this machine.
    dev: false,
    ...(inVpc ? { vpc: { privateSubnets: network.privateSubnets, securityGroups: [securityGroup.id] } } : {}),
  });
  return { fn, logGroup };
}
