import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers } from '../support/servers.ts';

let galaxy: Galaxy;
let playground: Playground;

beforeEach(async () => {
  galaxy = await Galaxy.up();
  const address = (mysqlServers().find(({ name }) => name === 'mysql80') ?? mysqlServers()[0])?.address;
  if (address === undefined) throw new Error('The tests have no MySQL');
  playground = await Playground.open(galaxy.api, address);
  await playground.post();
  playground.writer.start(1_000);
});

afterEach(async () => {
  await playground.close();
  await galaxy.down();
});

/** Waits until so many more messages have come. */
async function more(count: number): Promise<void> {
  const wanted = playground.reader.messages.length + count;
  const came = await playground.reader.until((messages) => messages.length >= wanted, 120_000);
  expect(came, `${count} more messages`).toBe(true);
}

test('a runner that is killed in the middle of writes is started again, and no row is lost', async () => {
  for (let kill = 0; kill < Number(process.env.GALAXY_TEST_KILLS ?? 3); kill += 1) {
    await more(500);
    // The reader may still be at what the last runner sent while the next one is being started.
    let runners: number[] = [];
    for (
      const deadline = Date.now() + 60_000;
      runners.length === 0 && Date.now() < deadline;
      await sleep(50)
    ) {
      runners = await galaxy.runners();
    }
    expect(runners.length).toBeGreaterThan(0);
    for (const pid of runners) process.kill(pid, 'SIGKILL');
  }
  await more(500);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
});

test('galaxy up that is killed in the middle of writes goes on after a restart, and no row is lost', async () => {
  for (let kill = 0; kill < 2; kill += 1) {
    await more(500);
    await galaxy.controlPlane.stop('SIGKILL');
    await galaxy.controlPlane.start();
  }
  await galaxy.api.waitForState(playground.taskId, 'running');
  await more(500);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
});

test('galaxy up and its runner that are killed together go on after a restart, and no row is lost', async () => {
  await more(500);
  const runners = await galaxy.runners();
  await galaxy.controlPlane.stop('SIGKILL');
  for (const pid of runners) process.kill(pid, 'SIGKILL');
  await galaxy.controlPlane.start();
  await more(500);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
});

test('SIGTERM drains the runner: after a restart no row comes twice', async () => {
  await more(500);
  expect(await galaxy.controlPlane.stop('SIGTERM')).toBe(0);
  expect(await galaxy.runners()).toEqual([]);
  await galaxy.controlPlane.start();
  await more(500);
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  expect(playground.repeats).toBe(0);
});
