import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ReadMessage } from '../../cli/demo/topic-reader.ts';
import { LiveStream } from '../support/live-stream.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { testServers } from '../support/servers.ts';

let galaxy: Galaxy;
let playground: Playground;

beforeAll(async () => {
  galaxy = await Galaxy.up();
});
afterAll(() => galaxy.down());
afterEach(() => playground.close());

interface View {
  readonly state: string;
  readonly error: { readonly code: string; readonly event_id?: string } | null;
  readonly dead_letters: number;
  readonly truncated: number;
}

async function open(): Promise<Playground> {
  const mysql = testServers().mysql.mysql80 ?? Object.values(testServers().mysql)[0];
  if (mysql === undefined) throw new Error('The tests have no MySQL');
  return await Playground.open(galaxy.api, mysql, { tables: ['docs'] });
}

const insert = (id: number, bytes: number): Promise<unknown> =>
  playground.sql(
    `INSERT INTO ${playground.database}.docs (id, seq, text) VALUES (${id}, ${id}, REPEAT('x', ${bytes}))`,
  );

const came = (id: number): Promise<boolean> =>
  playground.reader.until((messages) => messages.some(({ value }) => value.after?.id === id), 60_000);

const view = async (): Promise<View> => (await galaxy.api.get(`/v1/task/${playground.taskId}`)).data as View;

test('a message above the limit of its topic: fail, then dead letter, then truncate, then skip', async () => {
  playground = await open();
  await playground.sql(`ALTER TABLE ${playground.database}.docs MODIFY text LONGTEXT`);
  const letters = `${playground.taskId}.dead_letter`;
  playground.reader.read([letters]);
  const updated = async (settings: object): Promise<void> => {
    await galaxy.api.mustPost('/v1/update_task', { task_id: playground.taskId, ...settings });
    await galaxy.api.waitForState(playground.taskId, 'running');
  };
  await playground.post();

  await insert(1, 10);
  await insert(2, 3_000_000);
  await insert(3, 10);
  await galaxy.api.waitForState(playground.taskId, 'failed');
  expect(await view()).toMatchObject({
    error: { code: 'CDC_SINK_MESSAGE_TOO_LARGE', event_id: expect.stringMatching(/^\d{10}-\d{13}-/) },
  });

  await updated({ on_too_large: 'dead_letter' });
  expect(await came(3)).toBe(true);
  const lettered = (messages: readonly ReadMessage[]): boolean =>
    messages.some(({ topic, value }) => topic === letters && value.action === 'dead_letter');
  expect(await playground.reader.until(lettered, 60_000)).toBe(true);
  // A runner tells its counts with its lease, about once a second.
  await expect.poll(async () => (await view()).dead_letters, { timeout: 30_000 }).toBeGreaterThan(0);

  await updated({ on_too_large: 'truncate', truncate_columns: ['docs.text'] });
  await insert(4, 3_000_000);
  expect(await came(4)).toBe(true);
  const cut = playground.reader.messages.find(({ value }) => value.after?.id === 4);
  expect(cut?.value).toMatchObject({ truncated: ['text'] });

  await updated({ on_too_large: 'fail' });
  await insert(5, 3_000_000);
  await insert(6, 10);
  await galaxy.api.waitForState(playground.taskId, 'failed');
  await galaxy.api.mustPost('/v1/skip_event', { task_id: playground.taskId, reason: 'a test' });
  expect(await came(6)).toBe(true);
  expect(playground.reader.messages.some(({ value }) => value.after?.id === 5)).toBe(false);
  const { data } = await galaxy.api.get(`/v1/task/${playground.taskId}/history`);
  const entries = (data as { entries: { kind: string; message: string }[] }).entries;
  const skips = entries.filter(({ kind }) => kind === 'event_skipped').map(({ message }) => message);
  expect(skips).toEqual([
    expect.stringMatching(/^left out event .*: a test$/),
    expect.stringMatching(/^asked to leave out event .*: a test$/),
  ]);
});

test('a write in statement format ends a task that wants it so, and is left out by a word', async () => {
  playground = await open();
  await playground.post({ on_statement: 'fail' });
  await playground.sql(
    `INSERT INTO ${playground.database}.docs (id, seq) VALUES (1, 1)`,
    'SET SESSION binlog_format = STATEMENT',
  );
  await insert(2, 10);
  await galaxy.api.waitForState(playground.taskId, 'failed');
  expect((await view()).error?.code).toBe('CDC_STATEMENT_EVENT');
  await galaxy.api.mustPost('/v1/skip_event', { task_id: playground.taskId, reason: 'copied by hand' });
  await galaxy.api.waitForState(playground.taskId, 'running');
  expect(await came(2)).toBe(true);
});

test('a task whose server id another replica has goes on under another one', async () => {
  playground = await open();
  const mysql = testServers().mysql.mysql80 ?? Object.values(testServers().mysql)[0];
  if (mysql === undefined) throw new Error('The tests have no MySQL');
  await playground.post();
  const { server_id: before } = (await view()) as View & { server_id: number };
  const filter = { databases: ['none'], tables: [], exclude: [] };
  const other = await new LiveStream({ servers: [mysql], filter, serverId: before }).connected();
  try {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
      const { server_id: now, state } = (await view()) as View & { server_id: number };
      if (now !== before && state === 'running') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await insert(1, 10);
    expect(await came(1)).toBe(true);
    expect(((await view()) as View & { server_id: number }).server_id).not.toBe(before);
    expect(other.retries).toEqual([]);
  } finally {
    await other.stop();
  }
});
