/** update_task of what is not the filter: the source's address and account, and the policies. The stream restarts. */
import type { z } from '@hono/zod-openapi';
import { mysqlLoginProblems } from '../../core/login-problems.ts';
import { policyProblems } from '../../core/parse-task-spec.ts';
import { invalidRequest } from '../../core/strict-parse.ts';
import type { TaskRecord } from '../../core/task.ts';
import { ownSecretProblem, resolveSecrets, sealSecrets } from '../../core/task-secrets.ts';
import type { MysqlConfig, mysqlChangeSchema, policyShape, TaskSpec } from '../../core/task-spec.ts';
import type { ServiceDeps } from '../deps.ts';
import { remember } from './change.ts';
import { checkHosts, checkSource } from './preflight.ts';
import { change, existingTask, startedAnew } from './service.ts';

type MysqlChange = z.output<typeof mysqlChangeSchema>;
type ChangedLogin = Pick<MysqlConfig, 'user' | 'password' | 'auth' | 'region'>;
type Policy = keyof typeof policyShape;

export type SettingsUpdate = { readonly mysql_config?: MysqlChange | undefined } & {
  readonly [name in Policy]?: TaskSpec[name] | undefined;
};

const present = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** A password and a role's token stand for each other: who gives one gives up the other. */
function changedLogin(before: MysqlConfig, change: MysqlChange): ChangedLogin {
  const isIam = (change.auth ?? (change.password === undefined ? before.auth : 'password')) === 'rds_iam';
  const user = change.user ?? before.user;
  const region = change.region ?? (isIam ? before.region : undefined);
  return {
    password: change.password ?? (isIam ? '' : before.password),
    ...(user === undefined ? {} : { user }),
    ...(isIam ? { auth: 'rds_iam' } : {}),
    ...(region === undefined ? {} : { region }),
  };
}

function changedMysql(before: MysqlConfig, change: MysqlChange): MysqlConfig {
  const { host, port } = change;
  const hosts = change.hosts ?? before.hosts ?? [];
  const tls = change.tls ?? before.tls;
  return {
    ...changedLogin(before, change),
    host: host ?? before.host,
    port: port ?? before.port,
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** CDC_INVALID_REQUEST: fields that do not go together, or a secret that is not the user's to name. */
function refuseMixedLogin(deps: ServiceDeps, wanted: MysqlConfig, { password, tls }: MysqlChange): void {
  const { secrets } = deps.stores;
  const key = typeof tls === 'object' ? tls.key : undefined;
  const problems = [
    ...mysqlLoginProblems(wanted),
    ...ownSecretProblem(password, 'mysql_config.password', secrets),
    ...ownSecretProblem(key, 'mysql_config.tls.key', secrets),
  ];
  if (problems.length > 0) throw invalidRequest(problems);
}

/** Only what is given changes. */
function changedSpec(spec: TaskSpec, update: SettingsUpdate): TaskSpec {
  const { mysql_config, ...policies } = update;
  const changed: TaskSpec = { ...spec, ...present(policies) };
  const problems = policyProblems({ ...changed });
  if (problems.length > 0) throw invalidRequest(problems);
  return mysql_config === undefined
    ? changed
    : { ...changed, mysql_config: changedMysql(spec.mysql_config, mysql_config) };
}

/**
 * Changes the spec and starts a running or failed task anew with it, from its checkpoint. Whether the stream can go
 * on at a new address is found out there: by GTID set it can on every server of the topology that has what was read.
 * CDC_INVALID_REQUEST, CDC_HOST_NOT_ALLOWED, what is wrong with the source, CDC_TASK_NOT_FOUND.
 */
export async function updateSettings(
  deps: ServiceDeps,
  taskId: string,
  update: SettingsUpdate,
): Promise<TaskRecord> {
  const before = await existingTask(deps, taskId);
  const wanted = changedSpec(before.spec, update);
  if (update.mysql_config !== undefined) {
    refuseMixedLogin(deps, wanted.mysql_config, update.mysql_config);
    await checkHosts(deps, wanted);
    if (wanted.check !== 'runner') await checkSource(deps, await resolveSecrets(wanted, deps.stores.secrets));
  }
  const nonce = Math.floor(deps.random() * 2 ** 48).toString(36);
  const sealed = await sealSecrets(wanted, deps.stores.secrets, nonce);
  const after = await change(deps, taskId, (task) => {
    const spec = changedSpec(task.spec, {
      ...update,
      ...(update.mysql_config === undefined ? {} : { mysql_config: sealed.mysql_config }),
    });
    return task.desired === 'running' ? startedAnew({ ...task, spec }) : { ...task, spec };
  });
  const { host, port, hosts } = after.spec.mysql_config;
  const what = Object.keys(present(update)).join(', ');
  const details = update.mysql_config === undefined ? present(update) : { host, port, hosts: hosts ?? [] };
  await remember(deps, taskId, 'source_changed', `${what} changed; goes on from the checkpoint`, details);
  await deps.nudge(taskId);
  return after;
}
