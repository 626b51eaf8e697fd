/** From a POST body, in any of the shapes that the contract allows, to a TaskSpec; or every problem at once. */
import { CdcError, type FieldProblem } from './errors.ts';
import { kafkaLoginProblems, mysqlLoginProblems } from './login-problems.ts';
import { invalidRequest, tryParse } from './strict-parse.ts';
import { policyShape, type TaskSpec, taskSpecSchema } from './task-spec.ts';

/** The sinks of the contract. Those that this version does not bring are known, so that they are named as such. */
export const SINK_FIELDS = ['kafka_conf', 'nsq_conf', 'mongo_db_conf', 'es_conf'] as const;
const LATER_SINKS: readonly string[] = SINK_FIELDS.slice(1);
const POLICY_FIELDS = Object.keys(policyShape);
const LATER_FORMATS: readonly unknown[] = ['debezium', 'maxwell', 'canal'];

/** UTF-8 of the names of the three lists together; a filter is stored with every version of it, and an item has a bound. */
const FILTER_BYTES_MAX = 32 * 1024;

type Fields = Record<string, unknown>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);

/** A list of names may be one name, null or absent; empty names say nothing. What is no list stays, to be refused. */
function nameList(value: unknown): unknown {
  if (value === null) return undefined;
  if (value === '') return [];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => item !== '') : value;
}

/**
 * The three lists of a body, as lists. Returns a copy without the fields that say nothing; own fields named
 * `__proto__` stay fields, since Object.fromEntries defines and never assigns.
 */
export function normaliseFilter(body: Fields): Fields {
  const lists = ['database', 'tables', 'exclude_table'];
  return Object.fromEntries(
    Object.entries(body)
      .map(([key, value]): [string, unknown] => [key, lists.includes(key) ? nameList(value) : value])
      .filter(([, value]) => value !== undefined),
  );
}

/** The body of update_task, in the shapes that post_task allows too. */
export function normaliseUpdate(body: Fields): Fields {
  const fields = normaliseFilter(body);
  for (const key of [...POLICY_FIELDS, 'mysql_config']) if (isAbsent(fields[key])) delete fields[key];
  if (isObject(fields.mysql_config)) fields.mysql_config = normaliseMysql(fields.mysql_config);
  return fields;
}

/** The three lists share one bound. */
export function filterLengthProblems(
  filter: Pick<TaskSpec, 'database' | 'tables' | 'exclude_table'>,
): FieldProblem[] {
  const names = [...filter.database, ...filter.tables, ...filter.exclude_table];
  const length = names.reduce((sum, entry) => sum + Buffer.byteLength(entry), 0);
  if (length <= FILTER_BYTES_MAX) return [];
  return [{ path: 'tables', problem: `are ${length} bytes of names; at most ${FILTER_BYTES_MAX}: use "*"` }];
}

interface Reading {
  readonly fields: Fields;
  readonly problems: FieldProblem[];
  readonly unsupported: FieldProblem[];
}

function normalise(body: Fields): Reading {
  const reading: Reading = { fields: normaliseFilter(body), problems: [], unsupported: [] };
  const { fields, problems, unsupported } = reading;
  for (const key of [...SINK_FIELDS, ...POLICY_FIELDS, 'start_time', 'format', 'check', 'ddl']) {
    if (isAbsent(fields[key])) delete fields[key];
  }
  const sinks = SINK_FIELDS.filter((key) => fields[key] !== undefined);
  if (sinks.length > 1) {
    const names = sinks.join(' and ');
    problems.push(...sinks.map((path) => ({ path, problem: `must stand alone; the body has ${names}` })));
  }
  for (const path of sinks.filter((key) => LATER_SINKS.includes(key))) {
    if (!isObject(fields[path])) problems.push({ path, problem: 'must be an object' });
    else unsupported.push({ path, problem: 'is not supported by this version; use kafka_conf' });
    delete fields[path];
  }
  if (LATER_FORMATS.includes(fields.format)) {
    unsupported.push({
      path: 'format',
      problem: `"${String(fields.format)}" is not supported by this version`,
    });
    delete fields.format;
  }
  const kafka = fields.kafka_conf;
  if (isObject(kafka)) fields.kafka_conf = normaliseKafka(kafka);
  if (isObject(fields.mysql_config)) fields.mysql_config = normaliseMysql(fields.mysql_config);
  return reading;
}

/** `hosts` alone is enough: its first one is then `host` and `port`. What can't be read so stays, to be refused. */
export function normaliseMysql(mysql: Fields): Fields {
  const { hosts, ...rest } = mysql;
  if (hosts === undefined || hosts === null) return rest;
  if (!Array.isArray(hosts)) return mysql;
  const first: unknown = hosts[0];
  if (hosts.length === 0) return rest;
  if (mysql.host !== undefined || typeof first !== 'string') return mysql;
  const [, host = first, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(first) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return { ...rest, host: bare, ...(port === undefined ? {} : { port: Number(port) }), hosts };
}

function normaliseKafka(kafka: Fields): Fields {
  return Object.fromEntries(Object.entries(kafka).filter(([, value]) => value !== null && value !== ''));
}

/** `truncate` without a column to cut would be `fail` in disguise. */
export function policyProblems(fields: Fields): FieldProblem[] {
  const columns = fields.truncate_columns;
  const none = columns === undefined || (Array.isArray(columns) && columns.length === 0);
  if (fields.on_too_large !== 'truncate' || !none) return [];
  return [{ path: 'truncate_columns', problem: 'is required where on_too_large is truncate' }];
}

/** What the schema of single fields can't say. */
function crossFieldProblems(fields: Fields): FieldProblem[] {
  const { mysql_config: mysql, kafka_conf: kafka } = fields;
  return [
    ...policyProblems(fields),
    ...(isObject(mysql) ? mysqlLoginProblems(mysql) : []),
    ...(isObject(kafka) ? kafkaLoginProblems(kafka) : []),
  ];
}

/**
 * Parses a POST body (passwords still as they were sent). CDC_INVALID_REQUEST with every problem of every
 * field; CDC_NOT_SUPPORTED where the body is sound but asks for what a later version brings.
 */
export function parseTaskSpec(body: unknown): TaskSpec {
  if (!isObject(body)) throw invalidRequest([{ path: 'body', problem: 'must be an object' }]);
  const { fields, problems, unsupported } = normalise(body);
  const parsed = tryParse(taskSpecSchema, fields);
  const otherSink = unsupported.some((item) => LATER_SINKS.includes(item.path)) || problems.length > 0;
  if (!parsed.ok) {
    for (const problem of parsed.problems) {
      const noSink = problem.path === 'kafka_conf' && fields.kafka_conf === undefined;
      if (!noSink) problems.push(problem);
      else if (!otherSink)
        problems.push({ path: 'kafka_conf', problem: 'is required: a task needs one sink' });
    }
  }
  problems.push(...crossFieldProblems(fields));
  if (parsed.ok) problems.push(...filterLengthProblems(parsed.value));
  if (problems.length > 0) throw invalidRequest(problems);
  const [first] = unsupported;
  if (first !== undefined) {
    throw new CdcError('CDC_NOT_SUPPORTED', `${first.path} ${first.problem}`, { details: unsupported });
  }
  if (!parsed.ok) throw invalidRequest(parsed.problems);
  return parsed.value;
}
