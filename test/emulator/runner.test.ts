/**
 * The whole of it on an emulator of AWS: a task posted to API Gateway, put into DynamoDB by the function behind it, run
 * by ECS as a real container of the real image, with its password from Secrets Manager, from MySQL into Kafka.
 */
import { randomBytes } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoStores } from '../../core/dynamo/create-stores.ts';
import { bundleRunner } from '../../infra/bundle/bundle.ts';
import { AwsStage } from '../support/aws-stage.ts';
import { because, lacking, TestDocker } from '../support/emulator.ts';
import { Playground } from '../support/playground.ts';
import { testServers } from '../support/servers.ts';
import { waitFor } from '../support/wait-for.ts';

const reason = lacking('docker', 'aws');
/** Of this run: an engine may serve two checkouts. */
const TAG = `galaxy-runner:emulator-test-${process.pid}`;
const PASSWORD = `s3cret-${randomBytes(6).toString('hex')}`;
const USER = `galaxy_${randomBytes(4).toString('hex')}`;

describe.skipIf(reason !== null)(`a runner as a container of ECS${because(reason)}`, () => {
  let docker: TestDocker;
  let stage: AwsStage;
  let playground: Playground;
  let reconcile: () => Promise<void>;

  beforeAll(async () => {
    docker = new TestDocker();
    await bundleRunner();
    await docker.buildRunner(TAG);
    stage = await AwsStage.create(TAG);
    const [mysql] = Object.values(testServers().mysql);
    if (mysql === undefined) throw new Error('this test needs a MySQL: none was started');
    playground = await Playground.open(stage.client(), mysql);
    await playground.sql(`CREATE USER '${USER}'@'%' IDENTIFIED BY '${PASSWORD}'`);
    await playground.sql(`GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '${USER}'@'%'`);
    // loaded once the stage has set the environment
    const { handler } = await import('../../functions/reconcile.ts');
    reconcile = () => handler({}, { getRemainingTimeInMillis: () => 60_000 });
  });
  afterAll(async () => {
    await playground.close();
    await playground.sql(`DROP USER '${USER}'@'%'`);
    await stage.remove();
    const left = await docker.run('ps', '--all', '--quiet', '--filter', `ancestor=${TAG}`);
    for (const id of left.split('\n').filter(Boolean)) await docker.run('rm', '--force', id);
    await docker.run('image', 'rm', TAG);
  });

  /**
   * What the schedule does each minute, until it is so. Never beside a request that launches: the emulator takes no
   * notice of clientToken, by which ECS starts one task for the same launch.
   */
  const sweepUntil = (done: () => Promise<boolean>): Promise<void> =>
    waitFor(async () => {
      await reconcile();
      return await done();
    }, 90_000);
  const reach = (state: string): Promise<void> =>
    sweepUntil(async () => {
      const { data } = await stage.client('reader-token').get(`/v1/task/${playground.taskId}`);
      return (data as { state: string }).state === state;
    });
  /** Waits until the stream is in the middle of it. */
  const moreMessages = async (): Promise<void> => {
    const wanted = playground.reader.messages.length + 100;
    expect(await playground.reader.until((messages) => messages.length > wanted, 30_000)).toBe(true);
  };
  const tell = (stopType: string): Promise<unknown> =>
    stage.client().mustPost('/v1/stop_task', { task_id: playground.taskId, stop_type: stopType });

  /** Containers of the runner that are there, running ones first. */
  const containers = async (): Promise<string[]> =>
    (await docker.run('ps', '--quiet', '--no-trunc', '--filter', `ancestor=${TAG}`))
      .split('\n')
      .filter(Boolean);
  const container = async (): Promise<string> => {
    await waitFor(async () => (await containers()).length === 1, 60_000);
    return (await containers())[0] ?? '';
  };
  const inspect = async (id: string): Promise<Container> =>
    JSON.parse(await docker.run('inspect', '--format', '{{json .}}', id)) as Container;
  const lease = async () =>
    await createDynamoStores(stage.dynamo, `galaxy-${stage.name}`).leases.load(playground.taskId);

  test('streams what is written, without its password in any place but the secret store', async () => {
    const { mysql_config } = playground.body() as { mysql_config: object };
    const body = playground.body({ mysql_config: { ...mysql_config, user: USER, password: PASSWORD } });
    await stage.client().mustPost('/v1/post_task', body);
    // from the answer on, while there is no container yet
    playground.writer.start(200);
    await reach('running');
    const id = await container();
    await waitFor(async () => (await inspect(id)).State.Health?.Status === 'healthy', 60_000);
    await playground.writer.pause();
    expect(await playground.problems()).toEqual([]);
    const { Config, State } = await inspect(id);
    expect(Config).toMatchObject({ User: '1000:1000' });
    expect(Config.Env).toContain(`GALAXY_TASK_ID=${playground.taskId}`);
    expect(Config.Env.join('\n')).not.toContain(PASSWORD);
    const items = await stage.dynamo.send(new ScanCommand({ TableName: `galaxy-${stage.name}` }));
    expect(items.Items?.length).toBeGreaterThan(2);
    expect(JSON.stringify(items.Items)).not.toContain(PASSWORD);
    const [secret, ...others] = await secretNames(stage);
    expect(secret).toContain(`galaxy/${stage.name}/${playground.taskId}/mysql_config.password`);
    expect(others).toEqual([]);
    expect(State.Running).toBe(true);
  });

  test('is started again where it was killed, and no row is lost', async () => {
    const first = await container();
    playground.writer.start(200);
    await moreMessages();
    await docker.run('kill', first);
    await sweepUntil(async () => (await containers()).some((id) => id !== first));
    await reach('running');
    await playground.writer.pause();
    expect(await playground.problems()).toEqual([]);
  });

  test('drains when its task is stopped, and goes on without a repeat', async () => {
    const before = playground.repeats;
    playground.writer.start(200);
    await moreMessages();
    await tell('stop');
    await reach('stopped');
    expect((await lease())?.status).toMatchObject({ phase: 'stopped', error: null });
    expect(await containers()).toEqual([]);
    await tell('recovery_v1');
    await reach('running');
    await playground.writer.pause();
    expect(await playground.problems()).toEqual([]);
    expect(playground.repeats).toBe(before);
  });

  test('leaves nothing behind when its task is deleted', async () => {
    expect((await stage.client().post(`/v1/delete_task/${playground.taskId}`)).status).toBe(200);
    await sweepUntil(async () => (await secretNames(stage)).length === 0);
    expect(await containers()).toEqual([]);
    expect((await stage.client('reader-token').get(`/v1/task/${playground.taskId}`)).status).toBe(404);
  });
});

interface Container {
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly State: { readonly Running: boolean; readonly Health?: { readonly Status: string } };
}

async function secretNames(stage: AwsStage): Promise<(string | undefined)[]> {
  const { SecretList = [] } = await stage.secrets.send(new ListSecretsCommand({ MaxResults: 100 }));
  return SecretList.map((secret) => secret.Name).filter((name) => name?.startsWith(`galaxy/${stage.name}/`));
}
