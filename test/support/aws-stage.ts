/** A stage of Galaxy in the emulator, as close to what is deployed as an emulator lets it be. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
} from '@aws-sdk/client-apigatewayv2';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateClusterCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ApiClient } from '../../cli/demo/api-client.ts';
import { createTable } from '../../core/dynamo/table.ts';
import { hashToken } from '../../functions/middleware/auth.ts';
import { bundleLambda } from '../../infra/bundle/bundle.ts';
import { emulator } from './emulator.ts';
import { zip } from './zip.ts';

const ROLE = 'arn:aws:iam::000000000000:role/galaxy-test';
const CONTAINER = 'runner';

/** Of this process too: what is under test here makes its clients as it does on AWS. */
const CREDENTIALS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: '000000000000',
  AWS_SECRET_ACCESS_KEY: 'local',
};

export class AwsStage {
  readonly name: string;
  readonly endpoint: string;
  /** What the functions are configured with. */
  readonly env: Readonly<Record<string, string>>;
  readonly dynamo = new DynamoDBClient({});
  readonly ecs = new ECSClient({});
  readonly secrets = new SecretsManagerClient({});
  readonly #lambda = new LambdaClient({});
  readonly #gateway = new ApiGatewayV2Client({});
  #apiId = '';

  private constructor(name: string, endpoint: string) {
    this.name = name;
    this.endpoint = endpoint;
    this.env = {
      AWS_ENDPOINT_URL: endpoint,
      GALAXY_STAGE: name,
      GALAXY_TABLE: `galaxy-${name}`,
      GALAXY_CLUSTER: `galaxy-${name}`,
      GALAXY_TASK_DEFINITION: `galaxy-${name}-runner`,
      GALAXY_CONTAINER: CONTAINER,
      GALAXY_SUBNETS: 'subnet-0a1b2c3d4e5f60718',
      GALAXY_SECURITY_GROUPS: 'sg-0a1b2c3d4e5f60718',
      GALAXY_TOKENS: ['admin', 'reader']
        .map((role) => `${role}:${hashToken(`${role}-token`).toString('hex')}`)
        .join(','),
      GALAXY_NETWORKS: '127.0.0.0/8',
    };
    Object.assign(process.env, this.env);
  }

  /** Table, cluster, task definition, the API's function and the HTTP API before it. `image`: of the runner. */
  static async create(image: string): Promise<AwsStage> {
    const { aws } = emulator();
    if ('missing' in aws) throw new Error(aws.missing);
    Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL: aws.endpoint });
    const stage = new AwsStage(`t${randomBytes(4).toString('hex')}`, aws.endpoint);
    await createTable(stage.dynamo, `galaxy-${stage.name}`);
    await stage.ecs.send(new CreateClusterCommand({ clusterName: `galaxy-${stage.name}` }));
    await stage.#registerRunner(image);
    await stage.#createApi(await stage.#createFunction());
    return stage;
  }

  get url(): string {
    return `${this.endpoint}/_aws/execute-api/${this.#apiId}/$default`;
  }

  client(token: 'admin-token' | 'reader-token' = 'admin-token'): ApiClient {
    return new ApiClient(this.url, token);
  }

  async remove(): Promise<void> {
    const cluster = `galaxy-${this.name}`;
    const { taskArns = [] } = await this.ecs.send(new ListTasksCommand({ cluster }));
    for (const task of taskArns) await this.ecs.send(new StopTaskCommand({ cluster, task }));
    await this.#gateway.send(new DeleteApiCommand({ ApiId: this.#apiId }));
    await this.#lambda.send(new DeleteFunctionCommand({ FunctionName: `galaxy-${this.name}-api` }));
  }

  /**
   * The host's network: there the container reaches the servers, which listen on loopback. On AWS the mode is awsvpc,
   * and keys come from the task's role.
   */
  async #registerRunner(image: string): Promise<void> {
    const { AWS_ENDPOINT_URL = '', GALAXY_TABLE = '', GALAXY_STAGE = '' } = this.env;
    const settings = {
      GALAXY_STORE: 'dynamodb',
      GALAXY_TABLE,
      GALAXY_STAGE,
      AWS_ENDPOINT_URL,
      ...CREDENTIALS,
    };
    await this.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: `galaxy-${this.name}-runner`,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'host',
        cpu: '256',
        memory: '512',
        containerDefinitions: [
          {
            name: CONTAINER,
            image,
            essential: true,
            readonlyRootFilesystem: true,
            user: '1000:1000',
            stopTimeout: 120,
            healthCheck: {
              command: ['CMD', 'node', '/app/health.mjs'],
              interval: 10,
              timeout: 5,
              retries: 3,
            },
            environment: Object.entries(settings).map(([name, value]) => ({ name, value })),
          },
        ],
      }),
    );
  }

  async #createFunction(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'galaxy-lambda-'));
    try {
      await bundleLambda(folder);
      const name = `galaxy-${this.name}-api`;
      const { FunctionArn } = await this.#lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: 'nodejs24.x',
          Handler: 'api.handler',
          Role: ROLE,
          Timeout: 30,
          MemorySize: 512,
          Environment: { Variables: { ...this.env } },
          Code: { ZipFile: zip({ 'api.mjs': await readFile(join(folder, 'api.mjs')) }) },
        }),
      );
      await waitUntilFunctionActiveV2({ client: this.#lambda, maxWaitTime: 60 }, { FunctionName: name });
      return FunctionArn ?? '';
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #createApi(functionArn: string): Promise<void> {
    const api = await this.#gateway.send(
      new CreateApiCommand({ Name: `galaxy-${this.name}`, ProtocolType: 'HTTP' }),
    );
    const ApiId = api.ApiId ?? '';
    this.#apiId = ApiId;
    const { IntegrationId } = await this.#gateway.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: functionArn,
        PayloadFormatVersion: '2.0',
      }),
    );
    await this.#gateway.send(
      new CreateRouteCommand({ ApiId, RouteKey: '$default', Target: `integrations/${IntegrationId}` }),
    );
    await this.#gateway.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
  }
}
