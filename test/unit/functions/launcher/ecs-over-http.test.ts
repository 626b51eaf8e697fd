/** The launcher over the real client: errors as it makes them of what ECS answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, expect, test } from 'vitest';
import { EcsLauncher } from '../../../../functions/launcher/ecs.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

type Answer = { readonly status: number; readonly body: object } | 'cut';

/** ECS that answers each call by its name; what it was asked comes back too. */
async function launcherOf(answers: Readonly<Record<string, Answer>>) {
  const asked: { name: string; body: Record<string, unknown> }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    asked.push({ name, body: JSON.parse(text) as Record<string, unknown> });
    const found = answers[name] ?? { status: 200, body: {} };
    if (found === 'cut') {
      request.socket.destroy();
      return;
    }
    response.writeHead(found.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(found.body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const ecs = new ECSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  undo.push(() => {
    ecs.destroy();
    server.closeAllConnections();
    server.close();
  });
  const time = { nowMs: 0 };
  const launcher = new EcsLauncher({
    ecs,
    cluster: 'c',
    taskDefinition: 'runner:3',
    container: 'runner',
    subnets: ['s'],
    securityGroups: ['g'],
    startedBy: 'galaxy/test',
    pace: {
      clock: { now: () => time.nowMs },
      random: () => 0,
      async sleep(ms) {
        time.nowMs += ms;
      },
      patienceMs: 300,
    },
  });
  return { launcher, asked };
}

const REQUEST = { taskId: 't', generation: 1, attempt: 1, runId: 't/1/1/1' };
const refused = (type: string, message: string, fields: object = {}): Answer => ({
  status: 400,
  body: { __type: type, message, ...fields },
});

test.each<[string, Answer, string]>([
  ['a rate', refused('ThrottlingException', 'Rate exceeded'), 'CDC_LAUNCH_LIMITED'],
  ['no rights', refused('AccessDeniedException', 'not authorized'), 'CDC_LAUNCH_FAILED'],
  [
    'a definition that is gone',
    refused('ClientException', 'TaskDefinition is inactive'),
    'CDC_LAUNCH_FAILED',
  ],
  ['an error of ECS', { status: 500, body: { __type: 'ServerException' } }, 'CDC_LAUNCH_UNKNOWN'],
  ['a connection that was cut', 'cut', 'CDC_LAUNCH_UNKNOWN'],
])('%s', async (_name, answer, code) => {
  const { launcher } = await launcherOf({ RunTask: answer });
  await expect(launcher.launch(REQUEST)).rejects.toMatchObject({ code });
});

test('a launch that was made under another revision is found by its token', async () => {
  const arn = 'arn:aws:ecs:eu-central-1:1:task/c/1';
  const { launcher, asked } = await launcherOf({
    RunTask: refused('ConflictException', 'in use', { resourceIds: [arn] }),
    DescribeTasks: {
      status: 200,
      body: {
        tasks: [{ taskArn: arn, taskDefinitionArn: 'arn:aws:ecs:eu-central-1:1:task-definition/runner:2' }],
        failures: [],
      },
    },
  });
  expect(await launcher.launch(REQUEST)).toEqual({ handle: arn, revision: 'runner:2' });
  expect(asked.map(({ name }) => name)).toEqual(['RunTask', 'DescribeTasks']);
});

test('a stop of what is gone is no error, a cluster that is gone is one', async () => {
  const gone = await launcherOf({
    StopTask: refused('InvalidParameterException', 'The referenced task was not found.'),
  });
  await gone.launcher.stop('arn:1', 'r');
  const wrong = await launcherOf({ StopTask: refused('ClusterNotFoundException', 'Cluster not found.') });
  await expect(wrong.launcher.stop('arn:1', 'r')).rejects.toMatchObject({ code: 'CDC_LAUNCH_FAILED' });
});

test('times of ECS are read as times', async () => {
  const { launcher } = await launcherOf({
    ListTasks: { status: 200, body: { taskArns: ['a'] } },
    DescribeTasks: {
      status: 200,
      body: {
        tasks: [
          {
            taskArn: 'a',
            createdAt: 1_764_151_217.881,
            tags: [
              { key: 'galaxy:task', value: 't' },
              { key: 'galaxy:generation', value: '1' },
              { key: 'galaxy:run', value: 't/1/1/1' },
            ],
          },
        ],
      },
    },
  });
  expect(await launcher.strayRuns(new Set(), [8])).toEqual([
    { handle: 'a', taskId: 't', generation: 1, runId: 't/1/1/1', startedAtMs: 1_764_151_217_881 },
  ]);
});
