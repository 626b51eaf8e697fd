/** The runner: a cluster, an image, a task definition. No service: the control plane starts one ECS task for each task. */
import { network, securityGroup } from './network.ts';
import { role, type Statement, writesLog } from './policies.ts';
import { ARCHITECTURE, RUNNER_HEALTH_CHECK, RUNNER_IMAGE, RUNNER_USER, STOP_TIMEOUT_S } from './runtime.ts';
import { readsSecrets } from './secrets.ts';
import { signsIn } from './sign-in.ts';
import { arn, PREFIX, regionName, stage } from './stage.ts';
import { table, tableArns } from './storage.ts';

export const cluster = new sst.aws.Cluster('Cluster', {
  // In this form the component takes private subnets; given its own Vpc it would take the public ones.
  vpc: {
    id: network.vpcId,
    securityGroups: [securityGroup.id],
    containerSubnets: network.privateSubnets,
    loadBalancerSubnets: network.privateSubnets,
  },
});

const LOG_GROUP = `/${PREFIX}/runner`;
const logGroupArn = arn('logs', `log-group:${LOG_GROUP}`);

const taskRole = role(
  'runner',
  'ecs-tasks',
  [
    // Loads its task; keeps lease, checkpoint, schema history and history. Queries by key only, never an index.
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
    ...readsSecrets,
    ...signsIn('runner'),
  ],
  { ofAccount: true },
);

/** What ECS itself needs to start the container. */
const startsContainer: readonly Statement[] = [
  {
    reason: 'EcrHandsOutTokensForTheWholeRegistry',
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
  },
  {
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
    // The repository that SST keeps for all images of the account and region.
    resources: [arn('ecr', 'repository/sst-asset')],
  },
  writesLog(logGroupArn),
];

const executionRole = role('runner-start', 'ecs-tasks', startsContainer);

/** Node as process 1, tested so: SIGTERM reaches it without an init between. */
const LINUX = { initProcessEnabled: false, capabilities: { drop: ['ALL'] } };

interface Container {
  readonly logConfiguration: { readonly options: Readonly<Record<string, string>> };
}

/** The component's container, without what a runner must not have and with what it must. */
function hardened(container: Container) {
  const { logConfiguration } = container;
  return {
    ...container,
    user: RUNNER_USER,
    readonlyRootFilesystem: true,
    stopTimeout: STOP_TIMEOUT_S,
    healthCheck: RUNNER_HEALTH_CHECK,
    linuxParameters: LINUX,
    pseudoTerminal: false,
    portMappings: [],
    logConfiguration: {
      ...logConfiguration,
      // A log service that does not answer must not hold the stream back.
      options: { ...logConfiguration.options, mode: 'non-blocking', 'max-buffer-size': '4m' },
    },
  };
}

export const runner = new sst.aws.Task('Runner', {
  cluster,
  image: { ...RUNNER_IMAGE },
  architecture: ARCHITECTURE,
  cpu: stage.runner.cpu,
  memory: stage.runner.memory,
  publicIp: false,
  // `sst dev` would put a container of its own in the runner's place.
  dev: false,
  taskRole: taskRole.name,
  executionRole: executionRole.name,
  // Names only. Ids come with each launch, secrets are read at run time.
  environment: {
    GALAXY_STORE: 'dynamodb',
    GALAXY_TABLE: table.name,
    GALAXY_STAGE: stage.name,
    GALAXY_NETWORKS: stage.reach.join(','),
    AWS_REGION: regionName,
  },
  logging: { name: LOG_GROUP, retention: stage.logRetention },
  transform: {
    taskDefinition: (args) => {
      args.containerDefinitions = $jsonStringify(
        $jsonParse($output(args.containerDefinitions)).apply((containers: Container[]) =>
          containers.map(hardened),
        ),
      );
    },
  },
});

export const RUNNER_LOG_GROUP = LOG_GROUP;
/** The component names the container after itself. */
export const CONTAINER = 'Runner';

/** What the control plane needs to start, find and stop runners: of this cluster, this family, these roles. */
export const runnerArns = {
  cluster: cluster.nodes.cluster.arn,
  /** Any revision: after a deployment a function of before may still ask for the one it knows. */
  definitions: $interpolate`${runner.nodes.taskDefinition.apply((definition) => definition.arnWithoutRevision)}:*`,
  tasks: $interpolate`${cluster.nodes.cluster.arn.apply((text) => text.replace(':cluster/', ':task/'))}/*`,
  roles: [taskRole.arn, executionRole.arn],
};
