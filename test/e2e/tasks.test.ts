import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliveryProblems, repeats, type Written } from '../support/delivery.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers } from '../support/servers.ts';

let galaxy: Galaxy;
beforeAll(async () => {
  galaxy = await Galaxy.up();
});
afterAll(() => galaxy.down());

describe.each(mysqlServers())('on $name', ({ address }) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await Playground.open(galaxy.api, address);
  });
  afterEach(() => playground.close());

  const update = (tables: string[]) =>
    galaxy.api.mustPost('/v1/update_task', {
      task_id: playground.taskId,
      database: playground.database,
      tables,
      exclude_table: [],
    });

  test('update_task under load adds a table and takes one away, at one point of the stream', async () => {
    const { writer, reader } = playground;
    await playground.post({ tables: ['orders'] });
    writer.start(1_000);
    await reader.until((messages) => messages.length > 300, 60_000);
    const addBegins = writer.written.length;
    await update(['orders', 'items']);
    // What was on its way to the server when the answer came may be on either side.
    await writer.pause();
    const added = writer.written.length;
    writer.start(1_000);
    await reader.until((messages) => messages.some(({ value }) => value.table === 'items'), 60_000);
    const removeBegins = writer.written.length;
    await update(['items']);
    await writer.pause();
    const removed = writer.written.length;
    writer.start(1_000);
    await reader.until(() => writer.written.length > removed + 1_000, 60_000);
    await writer.stop();

    const { written } = writer;
    const orders = written.filter(({ table }, index) => table === 'orders' && index < removeBegins);
    const lines = written.filter(({ table }, index) => table === 'items' && index >= added);
    const got = (table: string) => reader.messages.filter(({ value }) => value.table === table);
    const key = ({ id, seq, action }: { id: number; seq: number; action: string }) =>
      `${id} ${action} ${seq}`;
    const gotKeys = (table: string) =>
      got(table).map(({ key: id, value }) =>
        key({
          id: (JSON.parse(id) as { id: number }).id,
          seq: Number((value.after ?? value.before)?.seq),
          action: value.action,
        }),
      );
    // All of them, not the last: topics may have several partitions, and a delete repeats the row's last seq.
    const wanted = [...orders, ...lines].map(key);
    await reader.until(() => {
      const come = new Set([...gotKeys('orders'), ...gotKeys('items')]);
      return wanted.every((item) => come.has(item));
    }, 90_000);
    const ordersGot = gotKeys('orders');
    const linesGot = gotKeys('items');
    expect(orders.map(key).filter((item) => !ordersGot.includes(item))).toEqual([]);
    expect(lines.map(key).filter((item) => !linesGot.includes(item))).toEqual([]);
    const tooEarly = written.filter(({ table }, index) => table === 'items' && index < addBegins).map(key);
    const tooLate = written.filter(({ table }, index) => table === 'orders' && index >= removed).map(key);
    expect(linesGot.filter((item) => tooEarly.includes(item))).toEqual([]);
    expect(ordersGot.filter((item) => tooLate.includes(item))).toEqual([]);
    expect(repeats(reader.messages)).toBe(0);
  });

  test('a task that is deleted can be posted again at once, and begins anew', async () => {
    const { writer, reader } = playground;
    await playground.post();
    const before = [...(await writer.transaction())];
    expect(await playground.problems(before)).toEqual([]);
    await galaxy.api.mustPost(`/v1/delete_task/${playground.taskId}`);
    const gap = await writer.transaction();
    const again = await galaxy.api.post('/v1/post_task?wait=true', playground.body());
    expect(again).toMatchObject({ status: 200, error_code: 0 });
    const after = await writer.transaction();
    const times = ({ table, id, seq, action }: Written): number =>
      reader.messages.filter(
        ({ key, value }) =>
          key === `{"id":${id}}` &&
          value.table === table &&
          value.action === action &&
          (value.after ?? value.before)?.seq === seq,
      ).length;
    await reader.until(() => after.every((row) => times(row) > 0), 60_000);
    expect(after.filter((row) => times(row) !== 1)).toEqual([]);
    expect(before.filter((row) => times(row) !== 1)).toEqual([]);
    // A delete is answered at once and the old runner lets go a moment later: rows in between may still be its own,
    // but the new task, which begins at its own post, brings none of them a second time.
    expect(gap.filter((row) => times(row) > 1)).toEqual([]);
    expect(gap.length).toBeGreaterThan(0);
  });

  test('start_time in an older binlog file brings all that was committed from then on', async () => {
    const { writer } = playground;
    await writer.transaction();
    // Binlog times are whole seconds: the moment must lie between two of them.
    await sleep(1_100);
    await playground.sql('FLUSH BINARY LOGS');
    const startTime = Math.floor(Date.now() / 1_000);
    await sleep(1_100);
    const written = [...(await writer.transaction())];
    await playground.sql('FLUSH BINARY LOGS');
    written.push(...(await writer.transaction()));
    await playground.sql('FLUSH BINARY LOGS');
    await playground.post({ start_time: startTime });
    written.push(...(await writer.transaction()));
    await playground.reader.until((messages) => messages.length >= written.length, 60_000);
    expect(deliveryProblems(written, playground.reader.messages)).toEqual([]);
  });
});
