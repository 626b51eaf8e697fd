import type { Checkpoint, SchemaStore } from '../core/checkpoint.ts';
import { parseGtidSet } from '../core/gtid-set.ts';
import { type KafkaSettings, kafkaSettings } from '../core/kafka/settings.ts';
import type { Log } from '../core/log.ts';
import type { Login } from '../core/login.ts';
import { forecastPurge, type PurgeForecast } from '../core/mysql/purge-forecast.ts';
import { ServerList } from '../core/mysql/server-list.ts';
import { connectMysql } from '../core/mysql/session.ts';
import { takeStartOf } from '../core/mysql/start-position.ts';
import { type MysqlTarget, mysqlTargets } from '../core/mysql/target.ts';
import { SecretLogin } from '../core/secret-login.ts';
import type { SecretStore } from '../core/secret-store.ts';
import type { ServerAccess } from '../core/server-access.ts';
import type { Sink } from '../core/sink.ts';
import type { TaskRecord } from '../core/task.ts';
import { kafkaLogin, mysqlLogin, type ResolvedTaskSpec, resolveSecrets } from '../core/task-secrets.ts';
import type { PasswordSpec, TaskSpec } from '../core/task-spec.ts';
import { createSink } from './sinks/create-sink.ts';
import { mysqlSource } from './source/mysql-source.ts';
import type { ResumePoint } from './source/resume-point.ts';
import type { OpenSource } from './source/source.ts';

const HEARTBEAT_MS = 5_000;

export interface TaskEnds {
  readonly open: OpenSource;
  /** null: the source's latest position at the first connection. */
  readonly start: ResumePoint | null;
  /** `guard` throws where nothing may be sent any more. */
  readonly createSink: (guard: () => void) => Sink;
  /** What one message of a topic may have, in bytes; null where nobody tells. */
  readonly messageBytesMax: (topic: string) => Promise<number | null>;
  /** Until the source deletes a file; asks it on a connection of its own. */
  readonly forecast: (file: string) => Promise<PurgeForecast | null>;
}

interface Place {
  readonly file: string;
  readonly position: number;
  readonly gtidSet: string;
  readonly fileBeganS?: number | null;
}

function resumePoint(place: Place, serverUuid: string, flavor: 'mysql' | 'mariadb'): ResumePoint {
  const { file, position, gtidSet, fileBeganS = null } = place;
  const gtids = gtidSet === '' ? null : parseGtidSet(flavor, gtidSet);
  return { file, position, gtids, serverUuid, fileBeganS };
}

export interface EndsDeps {
  readonly secrets: SecretStore;
  readonly schemas: SchemaStore;
  readonly log: Log;
  readonly access: ServerAccess;
  /** How long a refused login is waited out, where its owner may change it. */
  readonly loginGraceMs: number;
  readonly now: () => number;
}

/** A secret of the user's may be another one tomorrow; one that we made for the task is what it is. */
function changing(
  { secrets, loginGraceMs: graceMs, now }: EndsDeps,
  password: PasswordSpec | undefined,
  first: Login,
  read: () => Promise<Login | null>,
): SecretLogin | undefined {
  if (typeof password !== 'object' || secrets.isOwn(password)) return undefined;
  return new SecretLogin({ first, read: async () => (await read()) ?? first, graceMs, now });
}

/** Both servers' addresses and logins, as this process connects to them. */
function connections(deps: EndsDeps, given: TaskSpec, spec: ResolvedTaskSpec) {
  const { mysql_config: mysql, kafka_conf: kafka } = spec;
  const { secrets, access } = deps;
  const source = changing(deps, given.mysql_config.password, mysql, () =>
    mysqlLogin(given.mysql_config, secrets),
  );
  const sinkFirst = { user: kafka.user ?? '', password: kafka.password ?? '' };
  const sink = changing(deps, given.kafka_conf.password, sinkFirst, () =>
    kafkaLogin(given.kafka_conf, secrets),
  );
  return {
    targets: mysqlTargets(mysql, access, source),
    settings: kafkaSettings(kafka, `galaxy-${spec.task_id}`, access, sink),
  };
}

/** Both ends of a task's stream. Secrets are looked up here, and again where one was changed; they live in memory only. */
export async function createEnds(
  deps: EndsDeps,
  task: TaskRecord,
  checkpoint: Checkpoint | null,
): Promise<TaskEnds> {
  const spec = await resolveSecrets(task.spec, deps.secrets);
  const { targets, settings } = connections(deps, task.spec, spec);
  const schemaVersion = checkpoint?.schemaVersion ?? null;
  const schemaState = schemaVersion === null ? null : await deps.schemas.get(task.taskId, schemaVersion);
  const at = task.start.at;
  let start: ResumePoint | null = null;
  if (checkpoint !== null)
    start = resumePoint(checkpoint, checkpoint.source.serverUuid, checkpoint.source.flavor);
  else if (at !== null)
    start = resumePoint(at, at.serverUuid, at.serverUuid.startsWith('mariadb:') ? 'mariadb' : 'mysql');
  else if (spec.start_time !== undefined && task.start.epoch === 1) {
    const place = await takeStartOf(targets, { kind: 'time', startTimeS: spec.start_time });
    start = resumePoint(
      place,
      place.serverUuid,
      place.serverUuid.startsWith('mariadb:') ? 'mariadb' : 'mysql',
    );
  }
  return {
    open: mysqlSource({
      targets,
      serverId: task.serverId,
      heartbeatMs: HEARTBEAT_MS,
      schemaState,
      schemaVersion,
      log: deps.log,
    }),
    start,
    createSink: (guard) => createSink(spec, settings, guard),
    messageBytesMax: (topic) => messageBytesMax(spec, settings, topic),
    forecast: (file) => forecastAt(targets, file),
  };
}

function forecastAt(
  targets: readonly [MysqlTarget, ...MysqlTarget[]],
  file: string,
): Promise<PurgeForecast | null> {
  return new ServerList(targets).first(async (target) => {
    const session = await connectMysql(target);
    try {
      return await forecastPurge({ session, target, facts: await session.facts() }, file);
    } finally {
      await session.end();
    }
  });
}

/** A batch of one record has this much around key and value, at the most. */
const RECORD_OVERHEAD_BYTES = 128;

async function messageBytesMax(
  spec: ResolvedTaskSpec,
  settings: KafkaSettings,
  topic: string,
): Promise<number | null> {
  const { kafka_conf: conf } = spec;
  if (conf.max_message_bytes !== undefined) return conf.max_message_bytes;
  // loaded only here: a runner starts, and stays small, without the client that asks
  const { topicBatchBytesMax } = await import('../core/kafka/limits.ts');
  const limit = await topicBatchBytesMax(settings, topic);
  return limit === null ? null : limit - RECORD_OVERHEAD_BYTES;
}
