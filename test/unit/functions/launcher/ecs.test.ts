import {
  type DescribeTasksCommand,
  ListTasksCommand,
  type RunTaskCommand,
  type StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { type EcsApi, EcsLauncher } from '../../../../functions/launcher/ecs.ts';

type Command = RunTaskCommand | DescribeTasksCommand | StopTaskCommand | ListTasksCommand;

/** ECS that answers by a function; keeps what it was asked. */
function launcher(answer: (command: Command) => unknown) {
  const asked: Command[] = [];
  const ecs = {
    async send(command: Command): Promise<unknown> {
      asked.push(command);
      return answer(command);
    },
  } as EcsApi;
  const made = new EcsLauncher({
    ecs,
    cluster: 'c',
    taskDefinition: 'runner:3',
    container: 'runner',
    subnets: ['subnet-1'],
    securityGroups: ['sg-1'],
    startedBy: 'galaxy/test',
  });
  return { made, asked };
}

const REQUEST = { taskId: 't', generation: 2, attempt: 5, runId: `t/abc/2/5${'x'.repeat(200)}` };

function named(name: string, message = 'm'): Error {
  return Object.assign(new Error(message), { name });
}

test('a launch carries ids only, no public address, and one token a run', async () => {
  const { made, asked } = launcher(() => ({ tasks: [{ taskArn: 'arn:1' }] }));
  expect(await made.launch(REQUEST)).toBe('arn:1');
  await made.launch(REQUEST);
  await made.launch({ ...REQUEST, runId: 't/abc/2/6' });
  const inputs = asked.map((command) => (command as RunTaskCommand).input);
  expect(inputs[0]).toMatchObject({
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { assignPublicIp: 'DISABLED', subnets: ['subnet-1'] } },
    overrides: {
      containerOverrides: [
        {
          name: 'runner',
          environment: [
            { name: 'GALAXY_TASK_ID', value: 't' },
            { name: 'GALAXY_GENERATION', value: '2' },
            { name: 'GALAXY_RUN_ID', value: REQUEST.runId },
          ],
        },
      ],
    },
  });
  expect(inputs[0]?.clientToken).toBe(inputs[1]?.clientToken);
  expect(inputs[0]?.clientToken).not.toBe(inputs[2]?.clientToken);
  expect(inputs[0]?.clientToken?.length).toBeLessThanOrEqual(64);
});

test('failures in a good answer are a refusal', async () => {
  const { made } = launcher(() => ({
    tasks: [],
    failures: [{ reason: 'RESOURCE:MEMORY', detail: 'none left' }],
  }));
  await expect(made.launch(REQUEST)).rejects.toMatchObject({
    code: 'CDC_LAUNCH_FAILED',
    retryable: true,
    message: 'ECS started no runner: RESOURCE:MEMORY: none left',
  });
});

test.each([
  ['ThrottlingException', 'CDC_LAUNCH_FAILED'],
  ['ConflictException', 'CDC_LAUNCH_FAILED'],
  ['ServerException', 'CDC_LAUNCH_UNKNOWN'],
  ['TimeoutError', 'CDC_LAUNCH_UNKNOWN'],
])('%s is %s', async (name, code) => {
  const { made } = launcher(() => {
    throw named(name);
  });
  await expect(made.launch(REQUEST)).rejects.toMatchObject({ code, retryable: true });
});

test('every state of a task is told, and what ECS does not know is unknown', async () => {
  const states = [
    'PROVISIONING',
    'PENDING',
    'ACTIVATING',
    'RUNNING',
    'DEACTIVATING',
    'STOPPING',
    'DEPROVISIONING',
    'STOPPED',
  ];
  const { made } = launcher(() => ({
    tasks: states.map((lastStatus) => ({
      taskArn: lastStatus,
      lastStatus,
      stoppedReason: 'Essential container exited',
      containers: [
        { name: 'side', exitCode: 9 },
        { name: 'runner', exitCode: 3, reason: 'OOM' },
      ],
    })),
    failures: [{ arn: 'gone', reason: 'MISSING' }],
  }));
  const seen = await made.describe([...states, 'gone']);
  expect(states.map((state) => seen.get(state)?.kind)).toEqual([
    'starting',
    'starting',
    'starting',
    'running',
    'running',
    'running',
    'running',
    'ended',
  ]);
  expect(seen.get('STOPPED')).toEqual({
    kind: 'ended',
    exitCode: 3,
    reason: 'Essential container exited; OOM',
  });
  expect(seen.get('gone')).toEqual({ kind: 'unknown' });
});

test('runs are described a hundred at a time', async () => {
  const { made, asked } = launcher(() => ({ tasks: [] }));
  await made.describe(Array.from({ length: 250 }, (_, index) => `arn:${index}`));
  expect(asked.map((command) => (command as DescribeTasksCommand).input.tasks?.length)).toEqual([
    100, 100, 50,
  ]);
});

test('stopping what is gone is no error, and other errors are', async () => {
  const gone = launcher(() => {
    throw named('InvalidParameterException', 'The referenced task was not found.');
  });
  await gone.made.stop('arn:1', 'r'.repeat(300));
  expect((gone.asked[0] as StopTaskCommand).input.reason).toHaveLength(255);
  const denied = launcher(() => {
    throw named('AccessDeniedException');
  });
  await expect(denied.made.stop('arn:1', 'r')).rejects.toThrow();
});

test('all pages of runs are listed, each with its task', async () => {
  const { made } = launcher((command) => {
    if (command instanceof ListTasksCommand) {
      return command.input.nextToken === undefined
        ? { taskArns: ['a'], nextToken: 'n' }
        : { taskArns: ['b', 'c'] };
    }
    const tags = [
      { key: 'galaxy:task', value: 't' },
      { key: 'galaxy:generation', value: '4' },
    ];
    return { tasks: [{ taskArn: 'a', tags }, { taskArn: 'b', tags }, { taskArn: 'c' }] };
  });
  expect(await made.listRuns()).toEqual([
    { handle: 'a', taskId: 't', generation: 4 },
    { handle: 'b', taskId: 't', generation: 4 },
  ]);
});

test('a run leads to its task, and those of others to none', async () => {
  const tags = [{ key: 'galaxy:task', value: 't' }];
  const seen = (task: object | null) =>
    launcher(() => ({ tasks: task === null ? [] : [task] })).made.taskOf('a');
  expect(await seen({ taskArn: 'a', startedBy: 'galaxy/test', tags })).toBe('t');
  expect(await seen({ taskArn: 'a', startedBy: 'ecs-svc/1', tags })).toBeNull();
  expect(await seen({ taskArn: 'a', startedBy: 'galaxy/test' })).toBeNull();
  expect(await seen(null)).toBeNull();
});
