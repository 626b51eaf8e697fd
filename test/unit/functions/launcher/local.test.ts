import { afterEach, expect, test } from 'vitest';
import { runIdOf } from '../../../../core/launcher.ts';
import { LocalLauncher } from '../../../../functions/launcher/local.ts';
import { waitFor } from '../../../support/wait-for.ts';

const launchers: LocalLauncher[] = [];

function launcher(script: string, options: { killAfterMs?: number; program?: string } = {}) {
  const lines: string[] = [];
  const ends: string[] = [];
  const made = new LocalLauncher({
    program: options.program ?? process.execPath,
    args: ['-e', script],
    env: {},
    onLine: (taskId, line) => lines.push(`${taskId}: ${line}`),
    onEnd: (taskId) => ends.push(taskId),
    killAfterMs: options.killAfterMs ?? 30_000,
    closeWithinMs: 500,
  });
  launchers.push(made);
  return { made, lines, ends };
}

function request(taskId: string, attempt = 1) {
  const runId = runIdOf({ taskId, createdAtMs: 1, generation: 1, attempt });
  return { taskId, generation: 1, attempt, runId };
}

const start = async (made: LocalLauncher, taskId: string, attempt = 1): Promise<string> =>
  (await made.launch(request(taskId, attempt))).handle;

const observe = async (made: LocalLauncher, handle: string) => (await made.describe([handle])).get(handle);
const STAYS =
  "process.on('message', () => {}); process.on('SIGTERM', () => process.exit(0)); console.log('up');";
const DEAF = "process.on('message', () => {}); process.on('SIGTERM', () => {}); console.log('up');";

afterEach(async () => {
  await Promise.all(launchers.splice(0).map((item) => item.close()));
});

test('a runner gets ids and the given environment, and its lines come prefixed', async () => {
  const { made, lines } = launcher(
    "console.log(process.env.GALAXY_TASK_ID, process.env.GALAXY_GENERATION, process.env.GALAXY_RUN_ID); console.error('e')",
  );
  const handle = await start(made, 't');
  await waitFor(async () => (await observe(made, handle))?.kind === 'ended' && lines.length === 2);
  expect(new Set(lines)).toEqual(new Set(['t: e', 't: t 1 t/1/1/1']));
});

test.each([0, 1, 3, 4])('exit code %i is told', async (code) => {
  const { made, ends } = launcher(`process.exit(${code})`);
  const handle = await start(made, 't');
  await waitFor(async () => ends.length === 1);
  expect(ends).toEqual(['t']);
  expect(await observe(made, handle)).toMatchObject({ exitCode: code });
});

test('launching a run twice, even at once, starts one process', async () => {
  const { made, lines } = launcher(STAYS);
  const [first, second] = await Promise.all([start(made, 't'), start(made, 't')]);
  expect(second).toBe(first);
  expect(await start(made, 't')).toBe(first);
  expect(await start(made, 't', 2)).not.toBe(first);
  await waitFor(async () => lines.length === 2);
  const strays = await made.strayRuns(new Set([first]));
  expect(strays).toMatchObject([{ taskId: 't', generation: 1, runId: 't/1/1/2' }]);
});

test('stop asks for a drain', async () => {
  const { made, lines } = launcher(STAYS);
  const handle = await start(made, 't');
  await waitFor(async () => lines.length === 1);
  await made.stop(handle, 'test');
  await made.stop(handle, 'again');
  await waitFor(async () => (await observe(made, handle))?.kind === 'ended');
  expect(await observe(made, handle)).toMatchObject({ exitCode: 0 });
});

test('a runner that does not drain is killed', async () => {
  const { made, lines } = launcher(DEAF, { killAfterMs: 50 });
  const handle = await start(made, 't');
  await waitFor(async () => lines.length === 1);
  await made.stop(handle, 'test');
  await waitFor(async () => (await observe(made, handle))?.kind === 'ended');
  expect(await observe(made, handle)).toMatchObject({
    exitCode: null,
    reason: expect.stringContaining('SIGKILL'),
  });
});

test('a program that is not there is a launch failure', async () => {
  const { made } = launcher('', { program: '/nonexistent/node' });
  await expect(made.launch(request('t'))).rejects.toMatchObject({
    code: 'CDC_LAUNCH_FAILED',
    retryable: true,
  });
});

test('a second life knows a runner of the first again, and stops it', async () => {
  const { made, lines } = launcher(STAYS);
  const second = launcher(STAYS).made;
  const handle = await start(made, 't');
  await waitFor(async () => lines.length === 1);
  expect(await observe(second, handle)).toEqual({ kind: 'running' });
  await second.stop(handle, 'test');
  await waitFor(async () => (await observe(made, handle))?.kind === 'ended');
  expect(await observe(second, handle)).toMatchObject({ kind: 'ended', exitCode: null });
});

test("another process under a runner's number is not the runner, and is left alone", async () => {
  const { made, lines } = launcher(STAYS);
  const handle = await start(made, 't');
  await waitFor(async () => lines.length === 1);
  const forged = handle.replace(/-[^:]*:/, '-1:');
  const second = launcher(STAYS).made;
  await second.stop(forged, 'test');
  expect(await observe(second, forged)).toMatchObject({ kind: 'ended' });
  expect(await observe(made, handle)).toEqual({ kind: 'running' });
});

test('a run of another machine is unknown', async () => {
  const { made } = launcher(STAYS);
  expect(await observe(made, '1:ffffffff-1:t/1/1/1')).toEqual({ kind: 'unknown' });
  expect(await observe(made, 'nonsense')).toEqual({ kind: 'unknown' });
});

test('closing drains all and launches nothing more', async () => {
  const { made, lines } = launcher(STAYS);
  const handles = [await start(made, 'a'), await start(made, 'b')];
  await waitFor(async () => lines.length === 2);
  await made.close();
  const seen = await made.describe(handles);
  expect([...seen.values()].map((item) => item.kind)).toEqual(['ended', 'ended']);
  await expect(made.launch(request('c'))).rejects.toMatchObject({ code: 'CDC_LAUNCH_FAILED' });
});
