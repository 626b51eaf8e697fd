/** The task routes: HTTP only. What they do is in create.ts, service.ts, queries.ts. */
import { z } from '@hono/zod-openapi';
import {
  filterLengthProblems,
  isObject,
  normaliseUpdate,
  parseTaskSpec,
} from '../../core/parse-task-spec.ts';
import { invalidRequest, strictParse } from '../../core/strict-parse.ts';
import { resolveSecrets } from '../../core/task-secrets.ts';
import type { ServiceDeps } from '../deps.ts';
import type { Endpoint } from '../endpoint.ts';
import { type HttpContext, readJson, success } from '../http.ts';
import type { WantedStart } from '../source-check/probes.ts';
import { createTask, refuseOwnSecrets } from './create.ts';
import { checkHosts, type Finding, preflight } from './preflight.ts';
import { historyOf, listTasks, showTask } from './queries.ts';
import * as schemas from './requests.ts';
import { deleteTask, resumeAtLatest, resumeTask, rewindTask, stopTask, updateFilter } from './service.ts';
import { skipEvent } from './skip-event.ts';
import { updateSettings } from './update-settings.ts';

const body = (schema: z.ZodType) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});
const taskIdParam = z.object({ task_id: z.string().openapi({ example: 'task_001' }) });
const taskIdOf = (context: HttpContext): string => context.req.param('task_id') ?? '';

async function postTask(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const query = strictParse(schemas.postQuerySchema, context.req.query());
  const { task, warnings } = await createTask(deps, await readJson(context), query.wait === 'true');
  const at = task.start.at;
  return success(context, {
    task_id: task.taskId,
    mysql_server_id: task.serverId,
    position_name: at?.file ?? null,
    position_pos: at?.position ?? null,
    gtid_set: at?.gtidSet ?? null,
    state: task.state,
    ...(at === null ? { note: 'no position yet: the runner takes it at its start' } : {}),
    ...(warnings.length === 0 ? {} : { warnings }),
  });
}

async function stop(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const request = strictParse(schemas.stopTaskSchema, await readJson(context));
  const { task_id: taskId, stop_type: stopType } = request;
  if (stopType === 'stop') {
    await stopTask(deps, taskId);
    return success(context, undefined, `STOP TASK SUCCESS: ${taskId}`);
  }
  await (stopType === 'recovery_v1' ? resumeTask(deps, taskId) : resumeAtLatest(deps, taskId));
  return success(context, undefined, `RECOVERY TASK SUCCESS: ${taskId}`);
}

async function update(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const posted = await readJson(context);
  const request = strictParse(schemas.updateTaskSchema, isObject(posted) ? normaliseUpdate(posted) : posted);
  const problems = filterLengthProblems(request);
  if (problems.length > 0) throw invalidRequest(problems);
  const { task_id: taskId, database, tables, exclude_table, ...settings } = request;
  const given = isObject(posted) ? posted : {};
  const lists = ['database', 'tables', 'exclude_table'].some((name) => given[name] !== undefined);
  const changed = Object.values(settings).some((value) => value !== undefined);
  const task = changed ? await updateSettings(deps, taskId, settings) : null;
  const update =
    task !== null && !lists
      ? { version: task.filters.at(-1)?.version ?? 0, from: null, followed: false }
      : await updateFilter(deps, taskId, { database, tables, exclude_table });
  const from = update.from === null ? null : { file: update.from.file, position: update.from.position };
  const data = { task_id: taskId, filter_version: update.version, from, followed: update.followed };
  const restarted = task?.desired === 'running' ? { restarted: true } : {};
  return success(context, { ...data, ...restarted }, 'Update Success');
}

async function remove(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const taskId = taskIdOf(context);
  await deleteTask(deps, taskId);
  return success(context, undefined, `DEL TASK SUCCESS: ${taskId}`);
}

async function check(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const posted = parseTaskSpec(await readJson(context));
  refuseOwnSecrets(deps, posted);
  await checkHosts(deps, posted);
  const { findings, startError } = await preflight(deps, await resolveSecrets(posted, deps.stores.secrets));
  const failed = findings.some((item) => item.status === 'fail');
  const checks: Finding[] = [...findings];
  // The position that can't be had is news only where no check has said why.
  if (startError !== null && !failed) {
    const { code, message, hint } = startError;
    checks.push({ subject: 'source', name: 'start position', status: 'fail', code, message, fix: hint });
  }
  return success(context, { ok: !failed && startError === null, checks });
}

function wantedStart(to: z.output<typeof schemas.rewindTaskSchema>['to']): WantedStart {
  if (to.position !== undefined) return { kind: 'position', position: to.position };
  if (to.gtid_set !== undefined) return { kind: 'gtid-set', gtidSet: to.gtid_set };
  return { kind: 'time', startTimeS: to.start_time ?? 0 };
}

async function rewind(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const { task_id: taskId, to } = strictParse(schemas.rewindTaskSchema, await readJson(context));
  const { start } = await rewindTask(deps, taskId, wantedStart(to));
  return success(context, {
    task_id: taskId,
    position_name: start.at?.file ?? '',
    position_pos: start.at?.position ?? 0,
    gtid_set: start.at?.gtidSet ?? '',
  });
}

async function skip(deps: ServiceDeps, context: HttpContext): Promise<Response> {
  const request = strictParse(schemas.skipEventSchema, await readJson(context));
  const { task_id: taskId, event_id: eventId, reason } = request;
  const id = await skipEvent(deps, taskId, { eventId: eventId ?? null, reason });
  return success(context, { task_id: taskId, event_id: id }, `SKIP EVENT SUCCESS: ${taskId}`);
}

const reads = (deps: ServiceDeps): Endpoint[] => [
  {
    method: 'get',
    path: '/v1/task',
    summary: 'List the tasks',
    request: { query: schemas.listQuerySchema },
    data: schemas.taskListSchema,
    handle: async (context) =>
      success(context, await listTasks(deps, strictParse(schemas.listQuerySchema, context.req.query()))),
  },
  {
    method: 'get',
    path: '/v1/task/{task_id}',
    summary: 'Show one task',
    request: { params: taskIdParam },
    data: schemas.taskViewSchema,
    handle: async (context) => success(context, await showTask(deps, taskIdOf(context))),
  },
  {
    method: 'get',
    path: '/v1/task/{task_id}/history',
    summary: 'What happened to a task, newest first',
    request: { params: taskIdParam, query: schemas.historyQuerySchema },
    data: schemas.historySchema,
    handle: async (context) => {
      const query = strictParse(schemas.historyQuerySchema, context.req.query());
      return success(context, await historyOf(deps, taskIdOf(context), query));
    },
  },
];

const writes = (deps: ServiceDeps): Endpoint[] => [
  {
    method: 'post',
    path: '/v1/post_task',
    summary: 'Create a task and start it',
    description: 'The starting position is taken before the answer: no row committed after it is missed.',
    request: { ...body(schemas.postTaskSchema), query: schemas.postQuerySchema },
    data: schemas.createdSchema,
    handle: (context) => postTask(deps, context),
  },
  {
    method: 'post',
    path: '/v1/stop_task',
    summary: 'Stop a task, or resume it',
    request: body(schemas.stopTaskSchema),
    handle: (context) => stop(deps, context),
  },
  {
    method: 'post',
    path: '/v1/update_task',
    summary: 'Replace the tables that a task captures',
    description: 'Counts from the position of the source at this moment, without a restart.',
    request: body(schemas.updateTaskDocSchema),
    data: schemas.updatedSchema,
    handle: (context) => update(deps, context),
  },
  {
    method: 'post',
    path: '/v1/delete_task/{task_id}',
    summary: 'Stop a task and forget it',
    description: 'Its checkpoint and secrets go too; what is in the sink stays.',
    request: { params: taskIdParam },
    handle: (context) => remove(deps, context),
  },
  {
    method: 'post',
    path: '/v1/check_task',
    summary: 'Check a source and a sink, and start nothing',
    request: body(schemas.postTaskSchema),
    data: schemas.checkedSchema,
    handle: (context) => check(deps, context),
  },
  {
    method: 'post',
    path: '/v1/rewind_task',
    summary: 'Move the start of a stopped task',
    request: body(schemas.rewindTaskSchema),
    data: schemas.rewoundSchema,
    handle: (context) => rewind(deps, context),
  },
  {
    method: 'post',
    path: '/v1/skip_event',
    summary: 'Leave one event out',
    description:
      'Of a failed task the event that it failed at, by default; the task then goes on from its checkpoint.',
    request: body(schemas.skipEventSchema),
    data: schemas.skippedSchema,
    handle: (context) => skip(deps, context),
  },
];

export function taskEndpoints(deps: ServiceDeps): Endpoint[] {
  return [...reads(deps), ...writes(deps)];
}
