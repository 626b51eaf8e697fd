import { expect, test } from 'vitest';
import { type EventScope, readTaskEvent } from '../../../../functions/launcher/ecs-events.ts';
import { ECS_EVENT_NAMES, ecsEvent } from '../../../support/ecs-events.ts';

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task/galaxy-test-cluster/4082c6f7b1b44e0d8f2e5a9d3c7e6f10';
const SCOPE: EventScope = {
  cluster: 'galaxy-test-cluster',
  container: 'runner',
  isOwn: ({ startedBy }) => startedBy === 'galaxy/test/12',
};
const ended = (observation: object) => ({
  kind: 'ended',
  taskId: 'task_001',
  runId: 'task_001/m8x2k1s0/1/1',
  seen: { handle: ARN, observation: { kind: 'ended', ...observation } },
});

test.each(ECS_EVENT_NAMES.filter((name) => !name.startsWith('stopped')))('%s says nothing', (name) => {
  expect(readTaskEvent(ecsEvent(name), SCOPE)).toEqual({ kind: 'none' });
});

test.each([
  ['stopped_by_us', { exitCode: 0, reason: 'the task was stopped' }],
  ['stopped_exit_3', { exitCode: 3, reason: 'Essential container in task exited' }],
  [
    'stopped_out_of_memory',
    {
      exitCode: 137,
      reason: 'Essential container in task exited; OutOfMemoryError: Container killed due to memory usage',
    },
  ],
  ['stopped_spot', { exitCode: 0, reason: 'Your Spot Task was interrupted.' }],
  [
    'stopped_retirement',
    {
      exitCode: 143,
      reason: 'ECS is performing maintenance on the underlying infrastructure hosting the task.',
    },
  ],
  ['stopped_infrastructure', { exitCode: 137, reason: 'Task failed container health checks' }],
  [
    'stopped_no_image',
    { exitCode: null, started: false, reason: expect.stringMatching(/^CannotPullContainerError: /) },
  ],
] as const)('%s is the end of its run', (name, observation) => {
  expect(readTaskEvent(ecsEvent(name), SCOPE)).toEqual(ended(observation));
});

test('the cluster may be named by its ARN', () => {
  const cluster = 'arn:aws:ecs:eu-central-1:111122223333:cluster/galaxy-test-cluster';
  expect(readTaskEvent(ecsEvent('stopped_spot'), { ...SCOPE, cluster }).kind).toBe('ended');
});

test("others' events are left alone", () => {
  expect(readTaskEvent(ecsEvent('stopped_service_of_others'), SCOPE)).toEqual({ kind: 'none' });
  const other = { ...SCOPE, cluster: 'galaxy-test-cluster-2' };
  expect(readTaskEvent(ecsEvent('stopped_spot'), other)).toEqual({ kind: 'none' });
  expect(readTaskEvent(ecsEvent('stopped_spot', { startedBy: undefined }), SCOPE)).toEqual({ kind: 'none' });
});

test.each([
  ['nothing', undefined],
  ['a text', 'STOPPED'],
  ['an event of a schedule', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }],
  ['no detail', { ...ecsEvent('stopped_spot'), detail: null }],
  ['no ARN', ecsEvent('stopped_spot', { taskArn: 7 })],
  ['no overrides', ecsEvent('stopped_spot', { overrides: {} })],
  ['overrides that are none', ecsEvent('stopped_spot', { overrides: { containerOverrides: 'x' } })],
  ['containers that are none', ecsEvent('stopped_spot', { containers: 5 })],
])('%s is told as broken, not thrown', (_name, event) => {
  expect(readTaskEvent(event, SCOPE)).toEqual({ kind: 'broken', problem: expect.any(String) });
});
