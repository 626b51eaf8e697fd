import { CdcError } from '../../core/errors.ts';
import { parseTaskSpec } from '../../core/parse-task-spec.ts';
import { formatPosition } from '../../core/position.ts';
import { invalidRequest } from '../../core/strict-parse.ts';
import type { TaskRecord } from '../../core/task.ts';
import { ownSecretProblems, resolveSecrets, sealSecrets } from '../../core/task-secrets.ts';
import type { TaskSpec } from '../../core/task-spec.ts';
import type { ServiceDeps } from '../deps.ts';
import type { StartAt } from '../source-check/probes.ts';
import { remember } from './change.ts';
import { checkHosts, type Finding, filterOf, preflight, refusalOf } from './preflight.ts';
import { serverIdFor } from './server-id.ts';

/** How long post_task waits by itself for an id that is being deleted: the reference's 11 s. */
const WAIT_FOR_ID_MS = 11_000;
const POLL_MS = 100;

export interface CreatedTask {
  readonly task: TaskRecord;
  readonly warnings: readonly Finding[];
}

/** Refuses an id in use before anything is asked of the source; the conditional create has the last word. */
async function claimId(deps: ServiceDeps, taskId: string, wait: boolean): Promise<void> {
  const untilMs = deps.clock.now() + (wait ? WAIT_FOR_ID_MS : 0);
  for (;;) {
    const known = await deps.stores.tasks.get(taskId);
    if (known === null) return;
    if (known.desired !== 'deleted') {
      throw new CdcError('CDC_TASK_EXISTS', `the task "${taskId}" exists already`);
    }
    if (deps.clock.now() >= untilMs) {
      const message = `the task "${taskId}" is being deleted; its runner has not let go yet`;
      throw new CdcError('CDC_TASK_DELETING', message, { retryAfterMs: 2_000 });
    }
    await deps.sleep(POLL_MS);
  }
}

interface Checked {
  readonly start: StartAt | null;
  readonly warnings: readonly Finding[];
}

async function checkAndTakeStart(deps: ServiceDeps, spec: TaskSpec): Promise<Checked> {
  if (spec.check === 'runner') return { start: null, warnings: [] };
  const result = await preflight(deps, await resolveSecrets(spec, deps.stores.secrets));
  const refusal = refusalOf(result);
  if (refusal !== null) throw refusal;
  return { start: result.start, warnings: result.findings.filter((item) => item.status === 'warn') };
}

/** CDC_INVALID_REQUEST. */
export function refuseOwnSecrets(deps: Pick<ServiceDeps, 'stores'>, posted: TaskSpec): void {
  const problems = ownSecretProblems(posted, deps.stores.secrets);
  if (problems.length > 0) throw invalidRequest(problems);
}

/**
 * Takes a task on: parses and checks it, takes the starting position now (so that no row committed after the
 * answer can be missed), stores it on condition that the id is free, and has it launched. Throws what
 * parseTaskSpec and the checks throw, CDC_TASK_EXISTS and CDC_TASK_DELETING.
 */
export async function createTask(deps: ServiceDeps, body: unknown, wait: boolean): Promise<CreatedTask> {
  const posted = parseTaskSpec(body);
  const taskId = posted.task_id;
  await claimId(deps, taskId, wait);
  refuseOwnSecrets(deps, posted);
  await checkHosts(deps, posted);
  const { start, warnings } = await checkAndTakeStart(deps, posted);
  const nonce = Math.floor(deps.random() * 2 ** 48).toString(36);
  const spec = await sealSecrets(posted, deps.stores.secrets, nonce);
  const serverId = serverIdFor(taskId, deps.random);
  const nowMs = deps.clock.now();
  const task: TaskRecord = {
    taskId,
    version: 1,
    spec,
    desired: 'running',
    state: 'pending',
    start: { epoch: 1, at: start },
    filters: [{ version: 1, filter: filterOf(spec), from: null }],
    serverId,
    generation: 1,
    attempt: 0,
    failures: 0,
    run: null,
    nextLaunchAtMs: null,
    error: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  await deps.stores.tasks.create(task);
  const where = start === null ? 'where the runner starts' : formatPosition(start);
  await remember(deps, taskId, 'created', `task created; the stream begins at ${where}`, { start });
  deps.log.info('task_created', { taskId });
  await deps.nudge(taskId);
  return { task, warnings };
}
