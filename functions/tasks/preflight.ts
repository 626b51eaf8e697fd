/** The checks of a source and a sink before a task is taken on; run side by side, within one deadline. */
import { CdcError, ERROR_CODES, type ErrorCode, type FieldProblem, toCdcError } from '../../core/errors.ts';
import type { TableFilter } from '../../core/task.ts';
import type { ResolvedMysqlConfig, ResolvedTaskSpec } from '../../core/task-secrets.ts';
import type { TaskSpec } from '../../core/task-spec.ts';
import type { ServiceDeps } from '../deps.ts';
import type { CheckFinding, StartAt, WantedStart } from '../source-check/probes.ts';

/** The whole answer has to come within 10 s. */
const DEADLINE_MS = 9_000;

export interface Finding extends CheckFinding {
  readonly subject: 'source' | 'sink';
}

export interface Preflight {
  readonly findings: readonly Finding[];
  /** null where it could not be taken; then `startError` says why. */
  readonly start: StartAt | null;
  readonly startError: CdcError | null;
}

/** The three lists of a spec as the filter they mean. */
export function filterOf(spec: Pick<TaskSpec, 'database' | 'tables' | 'exclude_table'>): TableFilter {
  return { databases: spec.database, tables: spec.tables, exclude: spec.exclude_table };
}

/** Ends `work` at the deadline with an error of this code, whether or not it heeds its signal. */
async function within<T>(
  deps: Pick<ServiceDeps, 'sleep'>,
  code: ErrorCode,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const late = deps.sleep(DEADLINE_MS, abort.signal).then(() => {
    throw new CdcError(code, `${what} did not answer within ${DEADLINE_MS / 1000} s`);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    abort.abort();
  }
}

const failed = (name: string, cause: unknown): CheckFinding => {
  const { code, message, hint } = toCdcError(cause);
  return { name, status: 'fail', code, message, fix: hint };
};

/** Takes a position of the source, now. */
export function takeStart(
  deps: Pick<ServiceDeps, 'source' | 'sleep'>,
  config: ResolvedMysqlConfig,
  wanted: WantedStart,
): Promise<StartAt> {
  const what = wanted.kind === 'latest' ? 'the source' : 'the search for the position in the binlog';
  return within(deps, 'CDC_SOURCE_UNREACHABLE', what, (signal) =>
    deps.source.takeStart(config, wanted, signal),
  );
}

/** CDC_HOST_NOT_ALLOWED for the first host that a task may not reach. */
export async function checkHosts(deps: Pick<ServiceDeps, 'hosts'>, spec: TaskSpec): Promise<void> {
  await deps.hosts.allow(spec.mysql_config.host, 'mysql_config.host');
  for (const [index, server] of (spec.mysql_config.hosts ?? []).entries()) {
    await deps.hosts.allow(server.replace(/:\d+$/, ''), `mysql_config.hosts[${index}]`);
  }
  for (const [index, broker] of spec.kafka_conf.brokers.entries()) {
    await deps.hosts.allow(broker.replace(/:\d+$/, ''), `kafka_conf.brokers[${index}]`);
  }
}

/** Refuses a source that can't be used, with the first failed check. */
export async function checkSource(
  deps: Pick<ServiceDeps, 'source' | 'sleep'>,
  spec: ResolvedTaskSpec,
): Promise<void> {
  const found = await within(deps, 'CDC_SOURCE_UNREACHABLE', 'the source', (signal) =>
    deps.source.check(spec.mysql_config, filterOf(spec), signal),
  );
  const findings = found.map((item): Finding => ({ ...item, subject: 'source' }));
  const refusal = refusalOf({ findings, start: null, startError: null });
  if (refusal !== null) throw refusal;
}

/** Asks everything at once. Does not throw for what is wrong: that is a finding. */
export async function preflight(
  deps: Pick<ServiceDeps, 'source' | 'sink' | 'sleep'>,
  spec: ResolvedTaskSpec,
): Promise<Preflight> {
  const wanted: WantedStart =
    spec.start_time === undefined ? { kind: 'latest' } : { kind: 'time', startTimeS: spec.start_time };
  const [source, sink, start] = await Promise.allSettled([
    within(deps, 'CDC_SOURCE_UNREACHABLE', 'the source', (signal) =>
      deps.source.check(spec.mysql_config, filterOf(spec), signal),
    ),
    within(deps, 'CDC_SINK_UNREACHABLE', 'the sink', (signal) => deps.sink.check(spec.kafka_conf, signal)),
    takeStart(deps, spec.mysql_config, wanted),
  ]);
  const sourceFindings = source.status === 'fulfilled' ? source.value : [failed('connect', source.reason)];
  const sinkFindings = sink.status === 'fulfilled' ? sink.value : [failed('connect', sink.reason)];
  return {
    findings: [
      ...sourceFindings.map((item): Finding => ({ ...item, subject: 'source' })),
      ...sinkFindings.map((item): Finding => ({ ...item, subject: 'sink' })),
    ],
    start: start.status === 'fulfilled' ? start.value : null,
    startError: start.status === 'fulfilled' ? null : toCdcError(start.reason),
  };
}

/** The error of the first failed check, with all failed ones in its details; what failed at the source comes first. */
export function refusalOf(result: Preflight): CdcError | null {
  const fails = result.findings.filter((item) => item.status === 'fail');
  const [first] = fails;
  if (first === undefined) return result.startError;
  const fallback = first.subject === 'source' ? 'CDC_SOURCE_ERROR' : 'CDC_SINK_ERROR';
  const code = first.code ?? fallback;
  const details = fails.map(
    (item): FieldProblem => ({
      path: item.subject === 'source' ? 'mysql_config' : 'kafka_conf',
      problem: item.fix === undefined ? item.message : `${item.message} (${item.fix})`,
    }),
  );
  return new CdcError(code, first.message, { details, hint: first.fix ?? ERROR_CODES[code].hint });
}
