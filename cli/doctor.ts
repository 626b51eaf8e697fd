import { parseArgs } from 'node:util';
import { toCdcError } from '../core/errors.ts';
import { parseKafkaUrl } from '../core/kafka/url.ts';
import { type MysqlTarget, parseMysqlUrl, type TlsSetting } from '../core/mysql/target.ts';
import type { ResolvedMysqlConfig, ResolvedTls } from '../core/task-secrets.ts';
import { createProbes } from '../functions/source-check/create-probes.ts';
import type { CheckFinding } from '../functions/source-check/probes.ts';
import type { CliIo } from './io.ts';
import { localAccess } from './local-access.ts';
import { UsageError } from './usage-error.ts';

const HELP = `usage: galaxy doctor --source URL [--sink URL] [--database NAMES] [--tables NAMES] [--json]

The checks of /v1/check_task: whether a stream from this source into this sink would run, and the SQL or setting
that mends what is missing. Exit code 1 where a check fails.

  --source URL      mysql://user:password@host:port[?tls=true], mysql://user@host?auth=rds_iam
  --sink URL        kafka://host:port, kafka://host:port?mechanism=aws_msk_iam
  --database NAMES  separated by commas; also checks that they are there
  --tables NAMES    table, db.table or db.*
`;

const MARKS = { pass: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
const TIMEOUT_MS = 15_000;

function tlsOf(setting: TlsSetting): ResolvedTls {
  switch (setting.kind) {
    case 'off':
      return false;
    case 'required':
      return true;
    default: {
      const { ca, servername } = setting;
      return { ...(ca === undefined ? {} : { ca }), ...(servername === undefined ? {} : { servername }) };
    }
  }
}

function configOf(target: MysqlTarget): ResolvedMysqlConfig {
  const { user, password, host, port, auth, region } = target;
  return {
    user,
    password,
    host,
    port,
    tls: tlsOf(target.tls),
    ...(auth === undefined ? {} : { auth }),
    ...(region === undefined ? {} : { region }),
  };
}

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** A check that can't be made at all is a finding too. */
async function findings(
  name: string,
  check: Promise<readonly CheckFinding[]>,
): Promise<readonly CheckFinding[]> {
  try {
    return await check;
  } catch (error) {
    const { code, message, hint } = toCdcError(error);
    return [{ name, status: 'fail', message, code, fix: hint }];
  }
}

function print(io: CliIo, found: readonly CheckFinding[]): void {
  for (const { status, name, message, code, fix } of found) {
    io.stdout.write(`${MARKS[status]}  ${name}: ${message}${code === undefined ? '' : ` (${code})`}\n`);
    if (status !== 'pass' && fix !== undefined) io.stdout.write(`      ${fix}\n`);
  }
}

/** `galaxy doctor`: the preflight of a task, without a task. */
export async function doctor(args: string[], io: CliIo): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      source: { type: 'string' },
      sink: { type: 'string' },
      database: { type: 'string' },
      tables: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (values.source === undefined) throw new UsageError('--source is missing.');
  const probes = createProbes(localAccess(io.env));
  const filter = { databases: list(values.database), tables: list(values.tables), exclude: [] };
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const source = configOf(parseMysqlUrl(values.source));
  const sink = values.sink === undefined ? null : parseKafkaUrl(values.sink);
  const found = (
    await Promise.all([
      findings('source', probes.source.check(source, filter, signal)),
      sink === null ? [] : findings('sink', probes.sink.check(sink, signal)),
    ])
  ).flat();
  if (values.json) io.stdout.write(`${JSON.stringify(found)}\n`);
  else print(io, found);
  return found.some((finding) => finding.status === 'fail') ? 1 : 0;
}
