/** Answers for Pulumi: each resource gets an id and an ARN made of its name, each look-up what AWS would say. */
import type { Inputs, Json } from './graph.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

export interface NewResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  /** Of a resource that is only looked up. */
  readonly id?: string;
}

const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** ARNs that something takes apart; others need only be told apart. */
function arn(type: string, name: string): string {
  switch (type) {
    case 'aws:iam/role:Role':
      return `arn:aws:iam::${ACCOUNT}:role/${name}`;
    case 'aws:lambda/function:Function':
      return arnOf('lambda', `function:${name}`);
    case 'aws:ecs/cluster:Cluster':
      return arnOf('ecs', `cluster/${name}`);
    case 'aws:ecs/taskDefinition:TaskDefinition':
      return arnOf('ecs', `task-definition/${name}:7`);
    case 'aws:cloudwatch/logGroup:LogGroup':
      return arnOf('logs', `log-group:${name}`);
    case 'aws:sqs/queue:Queue':
      return arnOf('sqs', name);
    case 'aws:dynamodb/table:Table':
      return arnOf('dynamodb', `table/${name}`);
    default:
      return arnOf(type.split(':')[1]?.split('/')[0] ?? 'aws', name);
  }
}

/** The resource as it stands after its creation. */
export function newResource({ type, name, inputs, id }: NewResource): { id: string; state: Inputs } {
  const called = id ?? String(inputs.name ?? inputs.family ?? name);
  const own = arn(type, called);
  const more: Inputs =
    type === 'aws:ecs/taskDefinition:TaskDefinition'
      ? { arnWithoutRevision: own.replace(/:7$/, ''), revision: 7 }
      : type === 'docker-build:index:Image'
        ? { digest: `sha256:${'0'.repeat(64)}`, ref: 'registry/image:tag' }
        : type === 'random:index/randomBytes:RandomBytes'
          ? { base64: Buffer.alloc(32, 1).toString('base64') }
          : {};
  const state = { name: called, ...inputs, arn: own, url: `https://aws.test/${called}`, ...more };
  return { id: id ?? `${name}-id`, state };
}

interface PolicyStatement {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: readonly { type: string; identifiers: readonly string[] }[];
  readonly conditions?: readonly { test: string; variable: string; values: readonly string[] }[];
}

/** The document that the provider would make of the statements. */
function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      ...(statement.sid === undefined ? {} : { Sid: statement.sid }),
      Effect: statement.effect ?? 'Allow',
      Action: statement.actions ?? [],
      Resource: statement.resources ?? [],
      ...(statement.principals === undefined
        ? {}
        : { Principal: Object.fromEntries(statement.principals.map((it) => [it.type, it.identifiers])) }),
      ...((statement.conditions ?? []).length === 0
        ? {}
        : {
            Condition: Object.fromEntries(
              (statement.conditions ?? []).map((it) => [it.test, { [it.variable]: it.values }]),
            ),
          }),
    })),
  });
}

/** An unknown look-up is an error: it would be an answer nobody has thought of. */
export function call(token: string, inputs: Inputs): Inputs {
  switch (token) {
    case 'aws:index/getRegion:getRegion':
      return { region: REGION, name: REGION, id: REGION };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/someone`, userId: 'AIDA' };
    case 'aws:index/getPartition:getPartition':
      return { partition: 'aws', dnsSuffix: 'amazonaws.com' };
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { names: ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`) };
    case 'aws:ecr/getAuthorizationToken:getAuthorizationToken':
      return { proxyEndpoint: 'https://registry.test', userName: 'AWS', password: 'no-password' };
    case 'aws:iam/getPolicyDocument:getPolicyDocument': {
      const statements = (inputs.statements ?? []) as Json as unknown as readonly PolicyStatement[];
      return { json: policyDocument(statements), statements: (inputs.statements ?? []) as Json };
    }
    default:
      throw new Error(`the mocks have no answer to ${token}`);
  }
}
