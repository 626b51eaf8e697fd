import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunningServers, ServerRequest } from '../infra/local/provider.ts';
import { startServers } from '../infra/local/servers.ts';
import { Supervisor } from '../infra/local/supervisor.ts';
import { ControlPlane } from './demo/control-plane.ts';
import { Narrator } from './demo/narrator.ts';
import { Shop } from './demo/shop.ts';
import {
  curl,
  oneLine,
  postTask,
  type Stage,
  sell,
  stopAndRecover,
  stopAndSkip,
  TASK_ID,
} from './demo/story.ts';
import { TopicReader } from './demo/topic-reader.ts';
import type { CliIo } from './io.ts';

const HELP = `usage: galaxy demo [--exit]

Brings up MySQL, Kafka and galaxy on this machine, posts a task, sells in a small shop, and shows what arrives.

  --exit   stop everything at the end; exit code 0 only if every check held

Servers: your own by GALAXY_MYSQL_URL and GALAXY_KAFKA_BROKERS; else Docker's; else native ones, kept in
~/.cache/galaxy. GALAXY_SERVERS=native or compose decides by hand.
`;

const REQUEST: ServerRequest = { mysql: 'default', kafka: true };

/** Things to undo, the last one first. */
type Undo = (() => Promise<unknown>)[];

/** The demo: a story on real servers, whose checks decide the exit code. */
export async function demo(args: string[], io: CliIo): Promise<number> {
  const { values } = parseArgs({ args, options: { exit: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help === true) {
    io.stdout.write(HELP);
    return 0;
  }
  const started = Date.now();
  const narrator = new Narrator(io.stdout, isTerminal(io));
  const undo: Undo = [];
  try {
    const ended = await Promise.race([tell(narrator, io, undo), aborted(io.signal)]);
    if (ended === 'aborted') return 130;
    summary(narrator, Date.now() - started);
    if (values.exit !== true) await linger(narrator, ended, io.signal);
  } catch (error) {
    narrator.check(false, error instanceof Error ? error.message : String(error));
  } finally {
    narrator.progress('stopping what was started');
    for (const step of undo.reverse()) await step().catch(() => {});
    narrator.line();
  }
  return narrator.failed.length === 0 ? 0 : 1;
}

async function tell(narrator: Narrator, io: CliIo, undo: Undo): Promise<Stage> {
  const stage = await setUp(narrator, io, undo);
  await postTask(stage);
  await sell(stage);
  await stopAndRecover(stage);
  await stopAndSkip(stage);
  return stage;
}

async function setUp(narrator: Narrator, io: CliIo, undo: Undo): Promise<Stage> {
  narrator.step('Bring up MySQL, Kafka and galaxy');
  const servers = await startServers(REQUEST, { log: (text) => narrator.progress(text), env: io.env });
  undo.push(() => servers.stop());
  const { mysql, kafka } = only(servers);
  const shop = await Shop.open(mysql);
  undo.push(() => shop.close());
  undo.push(() => shop.remove());
  narrator.line(`MySQL ${shop.version} on ${mysql.host}:${mysql.port}, Kafka on ${kafka.brokers.join(', ')}`);
  const supervisor = new Supervisor();
  undo.push(() => supervisor.close());
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-demo-'));
  supervisor.removeAtEnd(folder);
  const controlPlane = await ControlPlane.start(supervisor, folder, io.env);
  narrator.line(`galaxy up on ${controlPlane.api.url} (log: ${controlPlane.logFile})`);
  const reader = new TopicReader(kafka.brokers, (message) => narrator.line(oneLine(narrator, message)));
  undo.push(() => reader.removeTopics());
  undo.push(() => reader.close());
  return { narrator, api: controlPlane.api, shop, reader, mysql, kafka };
}

function only({ addresses }: RunningServers) {
  const mysql = Object.values(addresses.mysql)[0];
  const { kafka } = addresses;
  if (mysql === undefined || kafka === null) throw new Error('No MySQL or no Kafka was started');
  return { mysql, kafka };
}

function summary(narrator: Narrator, elapsedMs: number): void {
  const seconds = Math.round(elapsedMs / 1000);
  narrator.step('Summary');
  const { passed, failed } = narrator;
  narrator.line(`${passed} checks held, ${failed.length} did not, in ${seconds} s`);
  for (const text of failed) narrator.line(narrator.style(`FAILED ${text}`, 'red'));
}

/** Leaves everything running for a person to play with. */
async function linger(narrator: Narrator, stage: Stage, signal: AbortSignal): Promise<void> {
  const { api, shop, mysql, kafka } = stage;
  narrator.step('All of it is still running; go on with it');
  narrator.line(`the API and its documentation: ${api.url}/docs`);
  narrator.command(`curl ${api.url}/v1/task`);
  narrator.command(`curl ${api.url}/v1/task/${TASK_ID}/history`);
  narrator.command(curl(api, '/v1/stop_task', { task_id: TASK_ID, stop_type: 'stop' }));
  narrator.command(curl(api, '/v1/stop_task', { task_id: TASK_ID, stop_type: 'recovery_v1' }));
  narrator.command(
    `npx galaxy tail --brokers ${kafka.brokers.join(',')} --topic ${TASK_ID}.${shop.database}.orders`,
  );
  narrator.command(`mysql -h ${mysql.host} -P ${mysql.port} -u ${mysql.user} ${shop.database}`);
  narrator.line('Ctrl-C stops all of it.');
  await aborted(signal);
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

function isTerminal(io: CliIo): boolean {
  return 'isTTY' in io.stdout && io.stdout.isTTY === true && io.env.NO_COLOR === undefined;
}
