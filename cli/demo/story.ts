import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaAddress, MysqlAddress } from '../../infra/local/addresses.ts';
import type { ApiClient } from './api-client.ts';
import type { Narrator } from './narrator.ts';
import { type Change, SHOP_TABLES, type Shop } from './shop.ts';
import type { ReadMessage, TopicReader } from './topic-reader.ts';

export const TASK_ID = 'demo';

/** How long a message may take to arrive before the demo says that it is missing. */
const ARRIVAL_MS = 30_000;
/** How long nothing must arrive before the demo says that nothing does. */
const SILENCE_MS = 1_500;

export interface Stage {
  readonly narrator: Narrator;
  readonly api: ApiClient;
  readonly shop: Shop;
  readonly reader: TopicReader;
  readonly mysql: MysqlAddress;
  readonly kafka: KafkaAddress;
}

interface HistoryEntry {
  readonly kind: string;
  readonly message: string;
  readonly details?: unknown;
}

/** The messages that some part of the story must bring: all after the first `from`. */
interface Expectation {
  readonly from: number;
  readonly changes: readonly Change[];
}

export async function postTask({ narrator, api, shop, mysql, kafka, reader }: Stage): Promise<void> {
  narrator.step('Post a task: this MySQL, these tables, that Kafka');
  const body = {
    task_id: TASK_ID,
    mysql_config: { ...shop.account, host: mysql.host, port: mysql.port },
    database: shop.database,
    tables: [],
    kafka_conf: { brokers: kafka.brokers },
  };
  const shown = { ...body, mysql_config: { ...body.mysql_config, password: '...' } };
  narrator.command(
    `curl ${api.url}/v1/post_task -H 'Content-Type: application/json' -d '${JSON.stringify(shown)}'`,
  );
  const { message, data } = await api.mustPost('/v1/post_task', body);
  const { warnings = [], ...task } = data as { warnings?: readonly { message: string }[] };
  narrator.line(`${message}: ${JSON.stringify(task)}`);
  for (const warning of warnings) narrator.line(narrator.style(`note: ${warning.message}`, 'dim'));
  reader.read(SHOP_TABLES.map((table) => `${TASK_ID}.${shop.database}.${table}`));
  await api.waitForState(TASK_ID, 'running');
  narrator.check(true, 'the task is running');
}

export async function sell({ narrator, shop, reader }: Stage): Promise<void> {
  narrator.step('Write to the shop, and read what Kafka delivers');
  const changes = [...(await shop.stock()), ...(await shop.orders(4))];
  changes.push(...(await shop.pay(1)), ...(await shop.cancel(2)));
  await arrive(narrator, reader, { from: 0, changes }, 'every row that was written is a message, once');
  const paid = reader.messages.find((message) => isChangeOf(message, 'orders', 'update'));
  if (paid !== undefined) {
    narrator.line();
    narrator.line('One of them whole:');
    narrator.line(JSON.stringify(paid.value));
  }
  narrator.check(
    paid?.value.before?.state === 'open' && paid.value.after?.state === 'paid',
    'an update carries the row before and after',
  );
}

export async function stopAndRecover(stage: Stage): Promise<void> {
  const { narrator, shop, reader } = stage;
  narrator.step('Stop the task, go on selling');
  const from = reader.messages.length;
  await stopTask(stage);
  const changes = await shop.orders(10);
  narrator.line(`${changes.length} rows were written while it stood still`);
  await sleep(SILENCE_MS);
  narrator.check(reader.messages.length === from, 'nothing arrived meanwhile');
  narrator.step('Resume with recovery_v1: go on where it stopped');
  await recover(stage, 'recovery_v1');
  await arrive(narrator, reader, { from, changes }, `all ${changes.length} rows came after all, once each`);
}

export async function stopAndSkip(stage: Stage): Promise<void> {
  const { narrator, shop, reader, api } = stage;
  narrator.step('Stop again, sell, and resume with recovery_v2: leave out what lies between');
  const from = reader.messages.length;
  await stopTask(stage);
  const skipped = await shop.orders(5);
  narrator.line(`${skipped.length} rows were written while it stood still`);
  await recover(stage, 'recovery_v2');
  const changes = await shop.orders(3);
  const text = `the ${changes.length} rows after the resume arrived, the ${skipped.length} before it did not`;
  await arrive(narrator, reader, { from, changes }, text);
  const history = await api.get(`/v1/task/${TASK_ID}/history`);
  const { entries } = history.data as { entries: readonly HistoryEntry[] };
  const jump = entries.find((entry) => entry.kind === 'position_jumped');
  narrator.line(`GET /v1/task/${TASK_ID}/history says what was left out:`);
  narrator.line(`${jump?.message} ${JSON.stringify(jump?.details)}`);
  narrator.check(jump !== undefined, 'the history names the range that was left out');
}

async function stopTask({ narrator, api }: Stage): Promise<void> {
  const body = { task_id: TASK_ID, stop_type: 'stop' };
  narrator.command(curl(api, '/v1/stop_task', body));
  narrator.line((await api.mustPost('/v1/stop_task', body)).message);
  await api.waitForState(TASK_ID, 'stopped');
}

async function recover({ narrator, api }: Stage, stopType: 'recovery_v1' | 'recovery_v2'): Promise<void> {
  const body = { task_id: TASK_ID, stop_type: stopType };
  narrator.command(curl(api, '/v1/stop_task', body));
  narrator.line((await api.mustPost('/v1/stop_task', body)).message);
  await api.waitForState(TASK_ID, 'running');
}

export function curl(api: ApiClient, path: string, body: unknown): string {
  return `curl ${api.url}${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

/** Waits for the expected messages and checks that they are these, in order per key, and no others. */
async function arrive(
  narrator: Narrator,
  reader: TopicReader,
  { from, changes }: Expectation,
  text: string,
): Promise<void> {
  narrator.progress(`waiting for ${changes.length} messages`);
  await reader.until((messages) => messages.length >= from + changes.length, ARRIVAL_MS);
  await sleep(SILENCE_MS);
  const got = byKey(reader.messages.slice(from).map(changeOf));
  const wanted = byKey(changes);
  const holds = JSON.stringify(got) === JSON.stringify(wanted);
  narrator.check(holds, text);
  if (!holds) {
    narrator.line(`wanted ${JSON.stringify(wanted)}`);
    narrator.line(`got    ${JSON.stringify(got)}`);
  }
}

function changeOf({ key, value }: ReadMessage): Change {
  return { table: value.table, action: value.action as Change['action'], key };
}

/** What happened to each key, in order; the order between keys is not promised. */
function byKey(changes: readonly Change[]): [string, string[]][] {
  const keys = Map.groupBy(changes, (change) => `${change.table} ${change.key}`);
  const actions = [...keys].map(([key, list]): [string, string[]] => [
    key,
    list.map((change) => change.action),
  ]);
  return actions.sort(([a], [b]) => (a < b ? -1 : 1));
}

function isChangeOf(message: ReadMessage, table: string, action: string): boolean {
  return message.value.table === table && message.value.action === action;
}

/** A message as the story shows it: where it went, what happened to which key, and the row. */
export function oneLine(narrator: Narrator, { topic, key, value }: ReadMessage): string {
  const colour = { insert: 'green', update: 'yellow', delete: 'red' } as const;
  const style = colour[value.action as Change['action']];
  const row = JSON.stringify(value.after ?? value.before);
  const short = row.length > 70 ? `${row.slice(0, 69)}…` : row;
  return `${topic.padEnd(20)} ${narrator.style(value.action, style)} ${key.padEnd(16)} ${narrator.style(short, 'dim')}`;
}
