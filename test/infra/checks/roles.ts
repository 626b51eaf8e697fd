import type { Stage } from '../../../infra/aws/settings.ts';
import type { Graph, Json } from '../../support/sst/graph.ts';
import { ACCOUNT } from '../../support/sst/mocks.ts';
import { arn, at, list, ofType, only, type Problems, parse, sorted, text } from './read.ts';

const TRUST: Readonly<Record<string, string>> = {
  api: 'lambda',
  reconcile: 'lambda',
  'task-events': 'lambda',
  runner: 'ecs-tasks',
  'runner-start': 'ecs-tasks',
  'sweep-schedule': 'scheduler',
};

/** Actions that AWS lets no resource be named for, with the Sid that says why. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'ecr:GetAuthorizationToken': 'EcrHandsOutTokensForTheWholeRegistry',
  'ecs:ListTasks': 'FargateTasksAreListedByClusterAndHaveNoResourceToName',
  'secretsmanager:ListSecrets': 'SecretsCanOnlyBeListedForTheWholeAccount',
  'ec2:CreateNetworkInterface': 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
  'ec2:DescribeNetworkInterfaces': 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
  'ec2:DescribeSubnets': 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
  'ec2:DeleteNetworkInterface': 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
  'ec2:AssignPrivateIpAddresses': 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
  'ec2:UnassignPrivateIpAddresses': 'LambdaMakesNetworkInterfacesWhoseIdsAreNotKnownBefore',
};

const ITEMS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
];

/** `action resource`: all that a role may do. */
type Grants = readonly string[];

function grantsOf(statements: readonly Json[]): string[] {
  const allowed = statements.filter((statement) => at(statement, 'Effect') === 'Allow');
  return allowed.flatMap((statement) =>
    list(at(statement, 'Action')).flatMap((action) =>
      list(at(statement, 'Resource')).map((resource) => `${text(action)} ${text(resource)}`),
    ),
  );
}

const each = (actions: readonly string[], ...resources: string[]): string[] =>
  actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`));

const writesLog = (name: string): string[] =>
  each(['logs:CreateLogStream', 'logs:PutLogEvents'], `${arn('logs', `log-group:${name}`)}:*`);

function msk(clusters: readonly string[], who: 'api' | 'runner'): string[] {
  const of = (kind: string): string[] => clusters.map((it) => `${it.replace(':cluster/', `:${kind}/`)}/*`);
  const k = (...names: string[]): string[] => names.map((it) => `kafka-cluster:${it}`);
  const topic = k('CreateTopic', 'DescribeTopic', 'DescribeTopicDynamicConfiguration');
  const both = each(k('Connect', 'DescribeCluster'), ...clusters);
  if (who === 'api') return both;
  return [
    ...both,
    ...each(topic, ...of('topic')),
    ...each(k('WriteDataIdempotently'), ...clusters),
    ...each(k('WriteData', 'ReadData'), ...of('topic')),
    ...each(k('DescribeTransactionalId', 'AlterTransactionalId'), ...of('transactional-id')),
  ];
}

/** Written a second time, so that a wider policy has to be wanted twice. */
function wantedGrants(graph: Graph, stage: Stage): Readonly<Record<string, Grants>> {
  const table = arn('dynamodb', `table/${text(only(graph, 'aws:dynamodb/table:Table').inputs.name)}`);
  const cluster = text(only(graph, 'aws:ecs/cluster:Cluster').inputs.name);
  const family = text(only(graph, 'aws:ecs/taskDefinition:TaskDefinition').inputs.family);
  const roleArn = (ending: string): string =>
    `arn:aws:iam::${ACCOUNT}:role/${only(graph, 'aws:iam/role:Role', ending).name}`;
  const tasks = arn('ecs', `task/${cluster}/*`);
  const own = arn('secretsmanager', `secret:galaxy/${stage.name}/*`);
  const everywhere = (prefix: string): string[] =>
    Object.keys(EVERYWHERE)
      .filter((action) => action.startsWith(prefix))
      .map((action) => `${action} *`);
  const reads = [
    ...each(['secretsmanager:GetSecretValue'], own, ...stage.secrets),
    ...each(['kms:Decrypt'], ...stage.secretKeys),
  ];
  const rds = each(['rds-db:connect'], ...stage.rdsUsers);
  const sends = (queue: string): string[] =>
    each(['sqs:SendMessage'], arn('sqs', only(graph, 'aws:sqs/queue:Queue', queue).name));
  const reconciles = [
    ...each(ITEMS, table),
    ...each(['dynamodb:Query'], `${table}/index/*`),
    ...each(['ecs:RunTask'], arn('ecs', `task-definition/${family}:*`)),
    ...each(['ecs:DescribeTasks', 'ecs:StopTask', 'ecs:TagResource'], tasks),
    ...everywhere('ecs:'),
    ...each(['iam:PassRole'], roleArn('-runner'), roleArn('-runner-start')),
    ...each(['secretsmanager:DeleteSecret'], own),
    ...everywhere('secretsmanager:'),
  ];
  const log = (name: string): string[] => writesLog(`/galaxy/${stage.name}/${name}`);
  const sweepFunction = only(graph, 'aws:lambda/function:Function', 'SweepFunction').inputs.name;
  return {
    api: [
      ...reconciles,
      ...each(['secretsmanager:CreateSecret'], own),
      ...reads,
      ...rds,
      ...msk(stage.mskClusters, 'api'),
      ...everywhere('ec2:'),
      ...log('api'),
    ],
    reconcile: [...reconciles, ...sends('sweep-dead-letters'), ...log('reconcile')],
    'task-events': [...reconciles, ...sends('task-events-dead-letters'), ...log('task-events')],
    runner: [...each(ITEMS, table), ...reads, ...rds, ...msk(stage.mskClusters, 'runner')],
    'runner-start': [
      ...everywhere('ecr:'),
      ...each(
        ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
        arn('ecr', 'repository/sst-asset'),
      ),
      ...log('runner'),
    ],
    'sweep-schedule': [
      ...each(['lambda:InvokeFunction'], arn('lambda', `function:${text(sweepFunction)}`)),
      ...sends('sweep-dead-letters'),
    ],
  };
}

function checkTrust(name: string, service: string, policy: Json, problems: Problems): void {
  const [statement, ...rest] = list(at(policy, 'Statement'));
  problems.expect(`the role ${name}, trusts`, at(statement, 'Principal'), {
    Service: [`${service}.amazonaws.com`],
  });
  problems.expect(`the role ${name}, trusts more`, rest, []);
  if (service === 'lambda' || name === 'runner-start') return;
  const source = at(statement, 'Condition', 'StringEquals', 'aws:SourceAccount');
  problems.expect(`the role ${name}, for whom`, source, [ACCOUNT]);
}

/** No `*` but where AWS has nothing narrower, each with its reason; conditions where there is one to set. */
function checkStatement(name: string, statement: Json, cluster: string, problems: Problems): void {
  const resources = list(at(statement, 'Resource'));
  for (const action of list(at(statement, 'Action')).map(text)) {
    problems.require(`the role ${name} may ${action}`, !action.includes('*'));
    if (resources.includes('*')) {
      const why = EVERYWHERE[action];
      problems.require(`the role ${name} may ${action} everywhere`, why !== undefined);
      problems.expect(`the role ${name}, ${action}, reason`, at(statement, 'Sid'), why ?? '');
    }
    if (/^ecs:(RunTask|DescribeTasks|StopTask|ListTasks)$/.test(action)) {
      problems.expect(`the role ${name}, ${action}, cluster`, at(statement, 'Condition'), {
        ArnEquals: { 'ecs:cluster': [cluster] },
      });
    }
    if (action === 'iam:PassRole') {
      problems.expect(`the role ${name}, ${action}, to`, at(statement, 'Condition'), {
        StringEquals: { 'iam:PassedToService': ['ecs-tasks.amazonaws.com'] },
      });
    }
    if (action === 'ecs:TagResource') {
      problems.expect(`the role ${name}, ${action}, when`, at(statement, 'Condition'), {
        StringEquals: { 'ecs:CreateAction': ['RunTask'] },
      });
    }
  }
}

export function checkRoles(graph: Graph, stage: Stage, problems: Problems): void {
  const prefix = `galaxy-${stage.name}-`;
  const roles = ofType(graph, 'aws:iam/role:Role');
  const names = sorted(roles.map(({ name }) => name.replace(prefix, '')));
  problems.expect('roles', names, sorted(Object.keys(TRUST)));
  for (const type of ['rolePolicy:RolePolicy', 'rolePolicyAttachment:RolePolicyAttachment']) {
    problems.expect(`${type}s beside the roles`, ofType(graph, `aws:iam/${type}`).length, 0);
  }
  const wanted = wantedGrants(graph, stage);
  const cluster = arn('ecs', `cluster/${text(only(graph, 'aws:ecs/cluster:Cluster').inputs.name)}`);
  for (const { name, inputs } of roles) {
    const short = name.replace(prefix, '');
    checkTrust(short, TRUST[short] ?? '', parse(inputs.assumeRolePolicy), problems);
    problems.expect(`the role ${short}, managed policies`, inputs.managedPolicyArns ?? [], []);
    const policies = list(inputs.inlinePolicies);
    const statements = policies.flatMap((policy) => list(at(parse(at(policy, 'policy')), 'Statement')));
    for (const statement of statements) checkStatement(short, statement, cluster, problems);
    problems.expect(
      `the role ${short}, what it may`,
      sorted(grantsOf(statements)),
      sorted(wanted[short] ?? []),
    );
  }
  for (const fn of ofType(graph, 'aws:lambda/function:Function')) {
    const own = { ApiFunction: 'api', SweepFunction: 'reconcile', TaskEventsFunction: 'task-events' }[
      fn.name
    ];
    problems.expect(`${fn.name}, role`, fn.inputs.role, `arn:aws:iam::${ACCOUNT}:role/${prefix}${own}`);
  }
  const definition = only(graph, 'aws:ecs/taskDefinition:TaskDefinition').inputs;
  problems.expect('the runner, role', definition.taskRoleArn, `arn:aws:iam::${ACCOUNT}:role/${prefix}runner`);
  const start = `arn:aws:iam::${ACCOUNT}:role/${prefix}runner-start`;
  problems.expect('the runner, role that starts it', definition.executionRoleArn, start);
}
