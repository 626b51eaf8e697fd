/** Passwords over the whole life of tasks: changed under a running stream, and nowhere to be read. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../../cli/demo/api-client.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import { mysqlServers, testServers } from '../support/servers.ts';
import { waitFor } from '../support/wait-for.ts';

const address = (mysqlServers().find(({ name }) => name === 'mysql97') ?? mysqlServers()[0])?.address;
const { kafka } = testServers();
if (address === undefined || kafka === null) throw new Error('this test needs MySQL and Kafka');
const { host, port } = address;

let galaxy: Galaxy;
let playground: Playground;
let user: string;
const planted: string[] = [];

/** A password that nobody can mistake for something else. */
function canary(): string {
  const text = `canary${randomBytes(9).toString('hex')}`;
  planted.push(text);
  return text;
}

beforeAll(async () => {
  galaxy = await Galaxy.up();
  await mkdir(join(galaxy.controlPlane.dataFolder, 'secrets'), { recursive: true });
});
afterAll(() => galaxy.down());

beforeEach(async () => {
  playground = await Playground.open(galaxy.api, address);
  user = `app_${randomBytes(4).toString('hex')}`;
});
afterEach(async () => {
  await playground.close();
  await playground.sql(`DROP USER IF EXISTS ${user}`);
});

async function account(password: string): Promise<void> {
  await playground.sql(`CREATE USER ${user} IDENTIFIED BY '${password}'`);
  await playground.sql(`GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ${user}`);
}

/** Ends the connections of the account, the dump among them. */
async function killConnections(): Promise<void> {
  const rows = (await playground.sql(
    `SELECT id FROM information_schema.processlist WHERE user = '${user}'`,
  )) as Record<string, number>[];
  for (const row of rows) await playground.sql(`KILL ${Object.values(row)[0]}`).catch(() => undefined);
}

const secretFile = (name: string): string => join(galaxy.controlPlane.dataFolder, 'secrets', name);

interface Shown {
  readonly state: string;
  readonly restarts: number;
  readonly error: { readonly code: string } | null;
  readonly run: { readonly id: string } | null;
}

const shown = async (taskId = playground.taskId): Promise<Shown> =>
  (await galaxy.api.get(`/v1/task/${taskId}`)).data as Shown;

test('a password that is changed under a running stream is picked up from the secret, and no row is lost', async () => {
  const before = canary();
  await account(before);
  await writeFile(secretFile('rotated'), JSON.stringify({ username: user, password: before }));
  await playground.post({ mysql_config: { host, port, password: { secret: 'rotated' } } });
  const first = await shown();
  playground.writer.start(200);
  expect(await playground.reader.until((messages) => messages.length > 100, 60_000)).toBe(true);

  // the server first: the stream is cut, refused, and waits
  const after = canary();
  await playground.sql(`ALTER USER ${user} IDENTIFIED BY '${after}'`);
  await killConnections();
  await waitFor(async () => (await shown()).error?.code === 'CDC_SOURCE_ACCESS_DENIED', 60_000);
  expect((await shown()).state).toBe('running');
  await writeFile(secretFile('rotated'), JSON.stringify({ username: user, password: after }));
  const came = playground.reader.messages.length;
  expect(await playground.reader.until((messages) => messages.length > came + 200, 60_000)).toBe(true);

  // both at once: nobody notices
  const last = canary();
  await playground.sql(`ALTER USER ${user} IDENTIFIED BY '${last}'`);
  await writeFile(secretFile('rotated'), JSON.stringify({ username: user, password: last }));
  await killConnections();
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  const end = await shown();
  expect({ run: end.run?.id, restarts: end.restarts }).toEqual({ run: first.run?.id, restarts: 0 });
});

/** What a task of this body says in the end, by every way there is of asking. */
async function lifeOf(taskId: string): Promise<Answer[]> {
  const api = galaxy.api;
  const paths = [`/v1/task/${taskId}`, '/v1/task', `/v1/task/${taskId}/history`];
  return await Promise.all(paths.map((path) => api.get(path)));
}

test('no password, key or token is in an answer, a log, the metrics, a message or the store', async () => {
  const answers: Answer[] = [];
  const wrong = canary();
  const right = canary();
  await account(right);
  const api = galaxy.api;
  const ask = async (path: string, body: unknown): Promise<void> => {
    answers.push(await api.post(path, body));
  };
  const failedTask = async (name: string, code: string, body: Record<string, unknown>): Promise<void> => {
    const taskId = `${playground.taskId}_${name}`;
    await ask('/v1/post_task', playground.body({ ...body, task_id: taskId, check: 'runner' }));
    await waitFor(async () => (await shown(taskId)).error?.code === code, 60_000);
    answers.push(...(await lifeOf(taskId)));
    await ask(`/v1/delete_task/${taskId}`, undefined);
  };
  const mysql = (password: string, more: object = {}): object => ({ user, password, host, port, ...more });
  const brokers = kafka.saslBrokers;
  const sasl = { brokers, enable_sasl: true, mechanism: 'scram-sha-256', user: kafka.user };

  // refused by the checks, and by the schema
  await ask('/v1/check_task', playground.body({ mysql_config: mysql(wrong) }));
  await ask('/v1/post_task', playground.body({ mysql_config: mysql(wrong) }));
  await ask('/v1/post_task', playground.body({ kafka_conf: { ...sasl, password: canary() } }));
  await ask('/v1/post_task', playground.body({ mysql_config: { ...mysql(canary()), pasword: canary() } }));
  await ask('/v1/post_task', { nonsense: canary(), mysql_config: [canary()], kafka_conf: canary() });
  await ask('/v1/post_task', playground.body({ mysql_config: { ...mysql(canary()), auth: 'rds_iam' } }));
  // refused to runners
  await failedTask('mysql', 'CDC_SOURCE_ACCESS_DENIED', { mysql_config: mysql(wrong) });
  await failedTask('kafka', 'CDC_SINK_ACCESS_DENIED', { kafka_conf: { ...sasl, password: canary() } });
  await failedTask('tls', 'CDC_SOURCE_TLS', {
    mysql_config: mysql(right, { tls: { cert: `-----BEGIN X-----`, key: canary() } }),
  });
  // and a whole life with the right ones
  await playground.post({ mysql_config: mysql(right) });
  await ask('/v1/update_task', { task_id: playground.taskId, mysql_config: { password: wrong } });
  await playground.writer.transaction();
  await playground.writer.stop();
  expect(await playground.problems()).toEqual([]);
  answers.push(...(await lifeOf(playground.taskId)));
  const token = canary();
  const asked = { headers: { authorization: `Bearer ${token}`, 'x-request-id': 'one' } };
  const metrics = await (await fetch(`${api.url}/metrics`, asked)).text();

  expect(answers.filter(({ error_code }) => error_code !== 0)).toHaveLength(6);
  const places = new Map([
    ['an answer', JSON.stringify(answers)],
    ['the metrics', metrics],
    ['a message', JSON.stringify(playground.reader.messages)],
    ['the log', await readFile(galaxy.controlPlane.logFile, 'latin1')],
  ]);
  const folder = galaxy.controlPlane.dataFolder;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file);
    // those that a user put there
    if (!entry.isFile() || name.startsWith('secrets/') || name.startsWith('compile-cache/')) continue;
    places.set(name, await readFile(file, 'latin1'));
  }
  expect([...places.keys()].some((name) => name.includes('.db'))).toBe(true);
  expect(places.get('the log')).toContain('CDC_SOURCE_ACCESS_DENIED');
  const found = [...places].flatMap(([place, text]) =>
    planted.filter((secret) => text.includes(secret)).map((secret) => `${secret} is in ${place}`),
  );
  expect(found).toEqual([]);
});
