/** What each `galaxy task` subcommand asks of the API and shows of its answer. */
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { parseMysqlUrl } from '../../core/mysql/target.ts';
import type { CliIo } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import * as answers from './answers.ts';
import { BODY_OPTIONS, listOf, readBody } from './body.ts';
import { ApiClient } from './client.ts';
import { formatFields, formatMs, formatTable } from './table.ts';

const COMMON = {
  api: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

interface Call {
  readonly api: ApiClient;
  readonly io: CliIo;
  readonly json: boolean;
  /** Of the terminal; null where the output goes elsewhere. */
  readonly width: number | null;
}

function openCall(
  io: CliIo,
  values: { api?: string | undefined; token?: string | undefined; json?: boolean | undefined },
): Call {
  const columns = 'columns' in io.stdout && typeof io.stdout.columns === 'number' ? io.stdout.columns : null;
  const api = new ApiClient({
    baseUrl: values.api ?? io.env.GALAXY_API ?? 'http://127.0.0.1:8689',
    token: values.token ?? io.env.GALAXY_TOKEN,
    signal: io.signal,
    fetch,
  });
  return { api, io, json: values.json === true, width: columns };
}

/** Parses what every subcommand takes, and its own options; `ids` positionals. */
function read<O extends NonNullable<Options>>(args: string[], own: O, ids: number) {
  const { values, positionals } = parseArgs({ args, options: { ...COMMON, ...own }, allowPositionals: true });
  if (positionals.length !== ids) {
    throw new UsageError(ids === 0 ? `${positionals[0]} is too much.` : 'Give one task id.');
  }
  return { values, id: positionals[0] ?? '' };
}

function show(call: Call, data: unknown, text: string): void {
  call.io.stdout.write(call.json ? `${JSON.stringify(data)}\n` : text);
}

const position = (task: { position_name: string | null; position_pos: number | null }): string =>
  task.position_name === null || task.position_name === ''
    ? '-'
    : `${task.position_name}:${task.position_pos}`;

const lag = (task: answers.ShownTask): string => (task.lag_ms === null ? '-' : formatMs(task.lag_ms));

export async function list(args: string[], io: CliIo): Promise<number> {
  const { values } = read(args, { state: { type: 'string' } } as const, 0);
  const call = openCall(io, values);
  const tasks: [string, answers.ShownTask][] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      ...(values.state === undefined ? {} : { state: values.state }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = answers.listAnswer.parse((await call.api.get(`/v1/task?${query}`)).data);
    tasks.push(...Object.entries(page.task));
    cursor = page.cursor;
  } while (cursor !== undefined);
  const rows = tasks.map(([id, task]) => [
    id,
    task.state,
    lag(task),
    String(task.rows),
    position(task),
    task.error_msg,
  ]);
  const table = formatTable(['TASK', 'STATE', 'LAG', 'ROWS', 'POSITION', 'ERROR'], rows, call.width);
  show(call, Object.fromEntries(tasks), rows.length === 0 ? 'no tasks\n' : table);
  return 0;
}

export async function showTask(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, {}, 1);
  const call = openCall(io, values);
  const { data } = await call.api.get(`/v1/task/${encodeURIComponent(id)}`);
  const task = answers.showAnswer.parse(data);
  const names = (entries: string[]): string => (entries.length === 0 ? 'all' : entries.join(', '));
  const { host, port, user } = task.mysql_config;
  const error =
    task.error === null
      ? []
      : ([
          ['error', `${task.error.code}: ${task.error_msg}`],
          ['mend', task.error.hint],
        ] as const);
  const fields: (readonly [string, string])[] = [
    ['task', id],
    ['state', task.state],
    ...error,
    ['lag', lag(task)],
    ['rows', String(task.rows)],
    ['position', position(task)],
    ['gtid set', task.gtid_set === '' ? '-' : task.gtid_set],
    ['source', `${user}@${host}:${port}`],
    ['databases', names(task.database)],
    ['tables', names(task.tables)],
    ['excluded', task.exclude_table.length === 0 ? 'none' : task.exclude_table.join(', ')],
    ['kafka', task.kafka_conf.brokers.join(', ')],
    ['server id', String(task.server_id)],
    ['created', task.created_at],
    ['started', task.started_at ?? '-'],
    ['restarts', String(task.restarts)],
  ];
  show(call, data, formatFields(fields));
  return 0;
}

export async function history(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, { limit: { type: 'string' } } as const, 1);
  const call = openCall(io, values);
  const path = `/v1/task/${encodeURIComponent(id)}/history`;
  const { data } = await call.api.get(`${path}?limit=${encodeURIComponent(values.limit ?? '50')}`);
  const rows = answers.historyAnswer
    .parse(data)
    .entries.map((entry) => [entry.at, entry.kind, entry.message]);
  show(call, data, formatTable(['AT', 'WHAT', ''], rows, call.width));
  return 0;
}

export async function create(args: string[], io: CliIo): Promise<number> {
  const { values } = read(args, { ...BODY_OPTIONS, wait: { type: 'boolean' } } as const, 0);
  const call = openCall(io, values);
  const { data } = await call.api.post(
    `/v1/post_task${values.wait === true ? '?wait=true' : ''}`,
    readBody(values),
  );
  const created = answers.createAnswer.parse(data);
  for (const { message, fix } of created.warnings ?? []) {
    io.stderr.write(`warning: ${message}${fix === undefined ? '' : ` (${fix})`}\n`);
  }
  const where = created.note ?? `it begins at ${position(created)}`;
  show(call, data, `task ${created.task_id} created; ${where}\n`);
  return 0;
}

export async function check(args: string[], io: CliIo): Promise<number> {
  const { values } = read(args, BODY_OPTIONS, 0);
  const call = openCall(io, values);
  const { data } = await call.api.post('/v1/check_task', readBody(values));
  const { ok, checks } = answers.checkAnswer.parse(data);
  const rows = checks.map((item) => [
    item.status,
    item.subject,
    item.name,
    [item.message, item.fix ?? ''].join('  ').trim(),
  ]);
  show(call, data, formatTable(['', 'OF', 'CHECK', ''], rows));
  return ok ? 0 : 1;
}

/** A subcommand that posts something about one task and shows what the API says. */
async function post(
  io: CliIo,
  values: Parameters<typeof openCall>[1],
  path: string,
  body?: unknown,
): Promise<number> {
  const call = openCall(io, values);
  const { message, data } = await call.api.post(path, body);
  show(call, data ?? { message }, `${message}\n`);
  return 0;
}

export async function stop(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, {}, 1);
  return await post(io, values, '/v1/stop_task', { task_id: id, stop_type: 'stop' });
}

export async function resume(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, { latest: { type: 'boolean' } } as const, 1);
  const stopType = values.latest === true ? 'recovery_v2' : 'recovery_v1';
  return await post(io, values, '/v1/stop_task', { task_id: id, stop_type: stopType });
}

export async function update(args: string[], io: CliIo): Promise<number> {
  const { database, tables, exclude } = BODY_OPTIONS;
  const { values, id } = read(args, { database, tables, exclude } as const, 1);
  return await post(io, values, '/v1/update_task', {
    task_id: id,
    database: listOf(values.database),
    tables: listOf(values.tables),
    exclude_table: listOf(values.exclude),
  });
}

export async function rewind(args: string[], io: CliIo): Promise<number> {
  const own = {
    position: { type: 'string' },
    gtid: { type: 'string' },
    'start-time': { type: 'string' },
  } as const;
  const { values, id } = read(args, own, 1);
  const startTime = values['start-time'];
  const to = {
    ...(values.position === undefined ? {} : { position: values.position }),
    ...(values.gtid === undefined ? {} : { gtid_set: values.gtid }),
    ...(startTime === undefined ? {} : { start_time: Number(startTime) }),
  };
  if (Object.keys(to).length !== 1) throw new UsageError('Give one of --position, --gtid, --start-time.');
  return await post(io, values, '/v1/rewind_task', { task_id: id, to });
}

export async function skip(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, { event: { type: 'string' }, reason: { type: 'string' } }, 1);
  const { event, reason } = values;
  if (reason === undefined) throw new UsageError("Give --reason: it goes into the task's history.");
  const which = event === undefined ? {} : { event_id: event };
  return await post(io, values, '/v1/skip_event', { task_id: id, reason, ...which });
}

/** The password stays as it is unless the URL has one. */
export async function move(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, { source: { type: 'string' } }, 1);
  if (values.source === undefined) throw new UsageError('Give --source mysql://user@host:port.');
  const { host, port, user, password, auth, region } = parseMysqlUrl(values.source);
  const mysql_config = {
    host,
    port,
    user,
    ...(password === '' ? {} : { password }),
    ...(auth === undefined ? {} : { auth }),
    ...(region === undefined ? {} : { region }),
  };
  return await post(io, values, '/v1/update_task', { task_id: id, mysql_config });
}

export async function remove(args: string[], io: CliIo): Promise<number> {
  const { values, id } = read(args, {}, 1);
  return await post(io, values, `/v1/delete_task/${encodeURIComponent(id)}`);
}

/** Makes a token for `galaxy up --token-file`: the token to stderr, for the one who keeps it; its line to stdout. */
export async function token(args: string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { json: COMMON.json }, allowPositionals: true });
  const role = positionals[0] ?? 'admin';
  if (role !== 'admin' && role !== 'reader') throw new UsageError('A token is for admin or reader.');
  const text = randomBytes(24).toString('base64url');
  const line = `${role}:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
  if (values.json === true) {
    io.stdout.write(`${JSON.stringify({ role, token: text, line })}\n`);
    return 0;
  }
  io.stderr.write(`token (shown once): ${text}\n`);
  io.stdout.write(`${line}\n`);
  return 0;
}
