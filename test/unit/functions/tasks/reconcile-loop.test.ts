import { expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import { ReconcileLoop } from '../../../../functions/tasks/reconcile-loop.ts';
import { BODY, controlPlane } from '../../../support/control-plane.ts';
import { waitFor } from '../../../support/wait-for.ts';

const HOUR_MS = 3_600_000;

async function withLoop(intervalMs: number) {
  const plane = controlPlane({ nudge: async () => {} });
  const loop = new ReconcileLoop({ ...plane.deps, launcher: plane.launcher }, intervalMs);
  return { plane, loop };
}

test('the first turn comes at once', async () => {
  const { plane, loop } = await withLoop(HOUR_MS);
  await plane.post('/v1/post_task', BODY);
  loop.start();
  await waitFor(async () => plane.launcher.launched.length === 1);
  await loop.stop();
});

test('a nudged task does not wait for the next turn', async () => {
  const { plane, loop } = await withLoop(HOUR_MS);
  loop.start();
  await plane.post('/v1/post_task', BODY);
  loop.nudge('task_001');
  await waitFor(async () => plane.launcher.launched.length === 1);
  await loop.stop();
});

test('a store that fails does not end the loop', async () => {
  const { plane, loop } = await withLoop(0);
  await plane.post('/v1/post_task', BODY);
  const list = plane.stores.tasks.list.bind(plane.stores.tasks);
  let failures = 0;
  plane.stores.tasks.list = async (options) => {
    failures += 1;
    if (failures < 3) throw new CdcError('CDC_STORE_UNAVAILABLE', 'away');
    return list(options);
  };
  loop.start();
  await waitFor(async () => plane.launcher.launched.length === 1);
  await loop.stop();
});

test('after its stop nothing is launched', async () => {
  const { plane, loop } = await withLoop(0);
  loop.start();
  await loop.stop();
  await plane.post('/v1/post_task', BODY);
  loop.nudge('task_001');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(plane.launcher.launched).toEqual([]);
});
