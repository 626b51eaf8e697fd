import {
  type DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  type StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { partOf } from '../../../../core/task-parts.ts';
import { EcsLauncher, type EcsLauncherOptions } from '../../../../functions/launcher/ecs.ts';
import type { EcsApi } from '../../../../functions/launcher/ecs-calls.ts';

type Command = RunTaskCommand | DescribeTasksCommand | StopTaskCommand | ListTasksCommand;

/** ECS that answers by a function; keeps what it was asked, and when. */
function launcher(answer: (command: Command) => unknown, options: Partial<EcsLauncherOptions> = {}) {
  const asked: Command[] = [];
  const atMs: number[] = [];
  const time = { nowMs: 0 };
  const ecs = {
    async send(command: Command): Promise<unknown> {
      asked.push(command);
      atMs.push(time.nowMs);
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
    pace: {
      clock: { now: () => time.nowMs },
      random: () => 0,
      async sleep(ms) {
        time.nowMs += ms;
      },
      patienceMs: 1_000,
    },
    ...options,
  });
  return { made, asked, atMs, time };
}

const REQUEST = { taskId: 't', generation: 2, attempt: 5, runId: `t/abc/2/5${'x'.repeat(200)}` };
const PART = String(partOf('t')).padStart(2, '0');

function named(name: string, message = 'm', fields: object = {}): Error {
  return Object.assign(new Error(message), { name, ...fields });
}

const runInputs = (asked: readonly Command[]) =>
  asked.filter((command) => command instanceof RunTaskCommand).map((command) => command.input);

test('a launch carries ids only, no public address, and one token a run', async () => {
  const { made, asked } = launcher(() => ({
    tasks: [{ taskArn: 'arn:1', taskDefinitionArn: 'arn:aws:ecs:eu-west-1:1:task-definition/runner:3' }],
  }));
  expect(await made.launch(REQUEST)).toEqual({ handle: 'arn:1', revision: 'runner:3' });
  await made.launch(REQUEST);
  await made.launch({ ...REQUEST, runId: 't/abc/2/6' });
  const [first, second, third] = runInputs(asked);
  expect(first).toEqual({
    cluster: 'c',
    taskDefinition: 'runner:3',
    count: 1,
    clientToken: expect.stringMatching(/^[\w-]{43}$/),
    startedBy: `galaxy/test/${PART}`,
    launchType: 'FARGATE',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ['subnet-1'],
        securityGroups: ['sg-1'],
        assignPublicIp: 'DISABLED',
      },
    },
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
    tags: [
      { key: 'galaxy:task', value: 't' },
      { key: 'galaxy:generation', value: '2' },
      { key: 'galaxy:run', value: REQUEST.runId },
    ],
  });
  expect(second).toEqual(first);
  expect(third?.clientToken).not.toBe(first?.clientToken);
});

test('capacity providers take the place of the launch type', async () => {
  const { made, asked } = launcher(() => ({ tasks: [{ taskArn: 'arn:1' }] }), {
    capacity: [
      { name: 'FARGATE_SPOT', weight: 3 },
      { name: 'FARGATE', weight: 1 },
    ],
    platformVersion: '1.4.0',
  });
  await made.launch(REQUEST);
  const [input] = runInputs(asked);
  expect(input).toMatchObject({
    platformVersion: '1.4.0',
    capacityProviderStrategy: [
      { capacityProvider: 'FARGATE_SPOT', weight: 3 },
      { capacityProvider: 'FARGATE', weight: 1 },
    ],
  });
  expect(input).not.toHaveProperty('launchType');
});

test.each([
  ['RESOURCE:MEMORY', 'none left', /^ECS has no room for the runner: RESOURCE:MEMORY: none left$/],
  [
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    undefined,
    /^ECS has no room for the runner: Capacity is unavailable/,
  ],
  ['AGENT', undefined, /^ECS refuses the runner: AGENT$/],
  [undefined, undefined, /gave no reason/],
])('failures in a good answer are a refusal: %s', async (reason, detail, message) => {
  const { made, asked } = launcher(() => ({ tasks: [], failures: [{ reason, detail }] }));
  await expect(made.launch(REQUEST)).rejects.toMatchObject({
    code: 'CDC_LAUNCH_FAILED',
    retryable: true,
    message: expect.stringMatching(message),
  });
  expect(asked).toHaveLength(1);
});

test.each([
  ['ThrottlingException', {}, 'CDC_LAUNCH_LIMITED', 4],
  ['ConflictException', {}, 'CDC_LAUNCH_FAILED', 1],
  ['AccessDeniedException', {}, 'CDC_LAUNCH_FAILED', 1],
  ['SomethingNewException', { $fault: 'client' }, 'CDC_LAUNCH_FAILED', 1],
  ['ServerException', { $fault: 'server' }, 'CDC_LAUNCH_UNKNOWN', 5],
  ['TimeoutError', {}, 'CDC_LAUNCH_UNKNOWN', 5],
])('%s %j is %s', async (name, fields, code, tries) => {
  const { made, asked, time } = launcher(() => {
    throw named(name, 'm', fields);
  });
  await expect(made.launch(REQUEST)).rejects.toMatchObject({ code, retryable: true });
  expect(asked).toHaveLength(tries);
  expect(time.nowMs).toBeLessThanOrEqual(1_000);
});

test('a launch that passed at a later try is launched', async () => {
  const answers = [named('ThrottlingException'), named('ServerException'), { tasks: [{ taskArn: 'arn:1' }] }];
  const { made } = launcher(() => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  expect((await made.launch(REQUEST)).handle).toBe('arn:1');
});

test('a refusal behind a try that was not answered does not say that nothing runs', async () => {
  const answers = [named('TimeoutError'), named('AccessDeniedException')];
  const { made } = launcher(() => {
    throw answers.shift() ?? named('ServerException');
  });
  await expect(made.launch(REQUEST)).rejects.toMatchObject({ code: 'CDC_LAUNCH_UNKNOWN' });
});

test('a token that was used for another revision leads to the run of that launch', async () => {
  const answer = (command: Command) => {
    if (command instanceof RunTaskCommand) {
      throw named('ConflictException', 'in use', { resourceIds: ['arn:old'], $fault: 'client' });
    }
    return { tasks: [{ taskArn: 'arn:old', taskDefinitionArn: 'arn:…:task-definition/runner:2' }] };
  };
  expect(await launcher(answer).made.launch(REQUEST)).toEqual({ handle: 'arn:old', revision: 'runner:2' });
  const forgetful = (command: Command) => {
    if (command instanceof RunTaskCommand) return answer(command);
    throw named('ServerException');
  };
  expect(await launcher(forgetful).made.launch(REQUEST)).toEqual({ handle: 'arn:old', revision: null });
});

test('launches keep below what ECS takes, and slow down when it refuses', async () => {
  const calm = launcher(() => ({ tasks: [{ taskArn: 'arn' }] }), {});
  for (let i = 0; i < 100; i += 1) await calm.made.launch(REQUEST);
  // 19 at once, the others 19 a second
  expect(calm.time.nowMs).toBeGreaterThan(4_000);
  expect(calm.time.nowMs).toBeLessThan(4_400);
  // at no time more than a bucket of 20 that fills by 20 a second would let pass
  for (let i = 0; i < 100; i += 1) expect(i + 1).toBeLessThanOrEqual(20 + ((calm.atMs[i] ?? 0) / 1000) * 20);
  let refusals = 3;
  const busy = launcher(() => {
    refusals -= 1;
    if (refusals >= 0) throw named('ThrottlingException');
    return { tasks: [{ taskArn: 'arn' }] };
  });
  await busy.made.launch(REQUEST);
  const [first = 0, second = 0, third = 0, fourth = 0] = busy.atMs;
  expect(second - first).toBeGreaterThanOrEqual(50);
  expect(third - second).toBeGreaterThan(second - first);
  expect(fourth - third).toBeGreaterThan(third - second);
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
    failures: [
      { arn: 'gone', reason: 'MISSING' },
      { arn: 'odd', reason: 'INTERNAL' },
    ],
  }));
  const seen = await made.describe([...states, 'gone', 'odd']);
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
  expect(seen.has('odd')).toBe(false);
});

test('a task that never started says so', async () => {
  const { made } = launcher(() => ({
    tasks: [
      {
        taskArn: 'a',
        lastStatus: 'STOPPED',
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotPullContainerError: not found',
        containers: [{ name: 'runner' }],
      },
    ],
  }));
  expect((await made.describe(['a'])).get('a')).toEqual({
    kind: 'ended',
    exitCode: null,
    started: false,
    reason: 'CannotPullContainerError: not found',
  });
});

test('runs are described a hundred at a time', async () => {
  const { made, asked } = launcher(() => ({ tasks: [] }));
  await made.describe(Array.from({ length: 250 }, (_, index) => `arn:${index}`));
  expect(asked.map((command) => (command as DescribeTasksCommand).input.tasks?.length)).toEqual([
    100, 100, 50,
  ]);
  expect((await made.describe([])).size).toBe(0);
});

test('stopping what is gone is no error, and other errors are', async () => {
  const gone = launcher(() => {
    throw named('InvalidParameterException', 'The referenced task was not found.');
  });
  await gone.made.stop('arn:1', 'r'.repeat(300));
  expect((gone.asked[0] as StopTaskCommand).input.reason).toHaveLength(255);
  for (const [name, code] of [
    ['AccessDeniedException', 'CDC_LAUNCH_FAILED'],
    ['ThrottlingException', 'CDC_LAUNCH_LIMITED'],
    ['ServerException', 'CDC_LAUNCH_UNKNOWN'],
  ] as const) {
    const { made } = launcher(() => {
      throw named(name);
    });
    await expect(made.stop('arn:1', 'r')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/StopTask/),
    });
  }
});

const TAGS = [
  { key: 'galaxy:task', value: 't' },
  { key: 'galaxy:generation', value: '4' },
  { key: 'galaxy:run', value: 't/1/4/1' },
];
const OVERRIDES = {
  containerOverrides: [
    { name: 'side' },
    {
      name: 'runner',
      environment: [
        { name: 'GALAXY_RUN_ID', value: 'u/1/5/1' },
        { name: 'GALAXY_TASK_ID', value: 'u' },
        { name: 'GALAXY_GENERATION', value: '5' },
      ],
    },
  ],
};

test('strays are told with what they were started for, by tags or by overrides; those that end are not', async () => {
  const { made, asked } = launcher((command) => {
    if (command instanceof ListTasksCommand) {
      if (command.input.startedBy !== 'galaxy/test/03') return { taskArns: [] };
      return command.input.nextToken === undefined
        ? { taskArns: ['a', 'known'], nextToken: 'n' }
        : { taskArns: ['b', 'c', 'd'] };
    }
    return {
      tasks: [
        { taskArn: 'a', tags: TAGS, createdAt: new Date(7), lastStatus: 'RUNNING' },
        { taskArn: 'b', overrides: OVERRIDES },
        { taskArn: 'c' },
        { taskArn: 'd', tags: TAGS, desiredStatus: 'STOPPED', lastStatus: 'RUNNING' },
      ],
    };
  });
  expect(await made.strayRuns(new Set(['known']))).toEqual([
    { handle: 'a', taskId: 't', generation: 4, runId: 't/1/4/1', startedAtMs: 7 },
    { handle: 'b', taskId: 'u', generation: 5, runId: 'u/1/5/1', startedAtMs: null },
  ]);
  const lists = asked.filter((command) => command instanceof ListTasksCommand);
  expect(lists).toHaveLength(17);
  const described = asked.at(-1) as DescribeTasksCommand;
  expect(described.input.tasks).toEqual(['a', 'b', 'c', 'd']);
});

test('a shard lists the runs of its own parts only', async () => {
  const { made, asked } = launcher(() => ({ taskArns: [] }));
  await made.strayRuns(new Set(), [1, 9]);
  expect(asked.map((command) => (command as ListTasksCommand).input.startedBy)).toEqual([
    'galaxy/test/01',
    'galaxy/test/09',
  ]);
});

test('runs of others, and of a stage whose name begins the same, are not ours', () => {
  const { made } = launcher(() => ({}));
  expect(made.isOwn({ startedBy: 'galaxy/test/15' })).toBe(true);
  for (const startedBy of ['galaxy/test', 'galaxy/test2/15', 'galaxy/test/15/1', 'ecs-svc/1', undefined]) {
    expect(made.isOwn({ startedBy }), startedBy).toBe(false);
  }
});

test.each([
  ['runner:3', 'runner:3'],
  ['arn:aws:ecs:eu-west-1:1:task-definition/runner:12', 'runner:12'],
  ['runner', null],
  ['arn:aws:ecs:eu-west-1:1:task-definition/runner', null],
])('the revision of %s is %s', (taskDefinition, revision) => {
  expect(launcher(() => ({}), { taskDefinition }).made.revision).toBe(revision);
});
