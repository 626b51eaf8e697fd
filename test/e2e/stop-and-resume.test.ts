import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers } from '../support/servers.ts';

let galaxy: Galaxy;
beforeAll(async () => {
  galaxy = await Galaxy.up();
});
afterAll(() => galaxy.down());

describe.each(mysqlServers())('on $name', ({ address }) => {
  test('rows that are written after the answer to post_task arrive, once each', async () => {
    const playground = await Playground.open(galaxy.api, address);
    try {
      const answer = await galaxy.api.mustPost('/v1/post_task', playground.body());
      expect(answer.status).toBe(200);
      expect(answer.data).toMatchObject({ task_id: playground.taskId, position_name: expect.any(String) });
      // At once: the position was taken before the answer, whenever the runner gets ready.
      for (let transaction = 0; transaction < 20; transaction += 1) await playground.writer.transaction();
      expect(await playground.problems()).toEqual([]);
      expect(playground.repeats).toBe(0);
    } finally {
      await playground.close();
    }
  });

  test('recovery_v1 under load goes on where it stopped: no row lost, none twice', async () => {
    const playground = await Playground.open(galaxy.api, address);
    try {
      await playground.post();
      playground.writer.start(1_000);
      for (let round = 0; round < 2; round += 1) {
        await playground.reader.until((messages) => messages.length >= (round + 1) * 500, 60_000);
        await playground.stop();
        const written = playground.writer.written.length;
        await playground.reader.until(() => playground.writer.written.length > written + 300, 60_000);
        await playground.resume('recovery_v1');
      }
      await playground.writer.stop();
      expect(await playground.problems()).toEqual([]);
      expect(playground.repeats).toBe(0);
    } finally {
      await playground.close();
    }
  });

  test('recovery_v2 leaves out what was written meanwhile, and says what', async () => {
    const playground = await Playground.open(galaxy.api, address);
    const { writer } = playground;
    try {
      await playground.post();
      const before = [...(await writer.transaction())];
      expect(await playground.problems(before)).toEqual([]);
      await playground.stop();
      for (let transaction = 0; transaction < 5; transaction += 1) await writer.transaction();
      await playground.resume('recovery_v2');
      const after = await writer.transaction();
      // Rows of the gap are not in it, or `deliveryProblems` would name them.
      const fresh = after.filter((change) => change.action === 'insert');
      await playground.reader.until((messages) => messages.length >= before.length + after.length, 60_000);
      const keys = playground.reader.messages.map((message) => message.key);
      expect(keys.slice(before.length).sort()).toEqual(after.map(({ id }) => `{"id":${id}}`).sort());
      expect(fresh.length).toBeGreaterThan(0);
      const history = await galaxy.api.get(`/v1/task/${playground.taskId}/history`);
      expect(JSON.stringify(history.data)).toContain('dropped');
    } finally {
      await playground.close();
    }
  });
});
