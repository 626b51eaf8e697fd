import { parseArgs } from 'node:util';
import { CdcError, type FieldProblem } from '../core/errors.ts';
import { type BinlogPosition, parsePosition } from '../core/position.ts';
import { UsageError } from './usage-error.ts';

export type StreamStart =
  | { readonly kind: 'latest' | 'earliest' | 'checkpoint' }
  | { readonly kind: 'position'; readonly position: BinlogPosition }
  | { readonly kind: 'gtid'; readonly gtidSet: string }
  | { readonly kind: 'time'; readonly unixSeconds: number };

export type StreamUntil =
  | { readonly kind: 'now' | 'never' }
  | { readonly kind: 'position'; readonly position: BinlogPosition }
  | { readonly kind: 'gtid'; readonly gtidSet: string };

export interface StreamCommandOptions {
  readonly sources: readonly string[];
  readonly databases: readonly string[];
  readonly tables: readonly string[];
  readonly exclude: readonly string[];
  /** null: not given; then the checkpoint where there is one, else the latest position. */
  readonly start: StreamStart | null;
  readonly until: StreamUntil;
  readonly sink: string;
  readonly withKey: boolean;
  readonly delivery: 'at_least_once' | 'exactly_once';
  readonly checkpoint: string | null;
  readonly stats: boolean;
  readonly ddl: boolean;
  readonly taskId: string;
  readonly serverId: number | null;
  readonly statements: 'warn' | 'fail';
}

export const STREAM_HELP = `usage: galaxy stream --source URL [options]

One stream without a control plane: MySQL in, messages out.

  --source URL      mysql://user:password@host:port[?tls=true], mariadb://…, or file:///path/to/binlog.000002
                    (files may be given several times, in order)
  --database NAMES  databases, separated by commas; names may hold *
  --tables NAMES    table, db.table or db.*, separated by commas
  --exclude NAMES   the same, to leave out
  --start WHERE     latest (default) | earliest | FILE:POS | gtid:SET | time:UNIX_SECONDS | checkpoint
  --until WHERE     now | FILE:POS | gtid:SET   write everything up to there, then exit 0; absent: until SIGTERM
  --sink URL        stdout (default) | null | kafka://host:port[,host:port][?topic=…&partitions=…&compression=…]
  --format NAME     galaxy
  --with-key        stdout: {"topic","key","value"} a line instead of the value
  --checkpoint FILE keeps the resume point; the next start goes on from it
  --no-ddl          no messages for schema changes
  --task-id ID      first part of topic names (default: galaxy)
  --server-id N     replica server id to register with (default: random, above 2^31)
  --delivery HOW    kafka: at_least_once (default) | exactly_once (in transactions, within one run of the command)
  --statements HOW  warn (default) | fail: what a write in statement format does
  --stats           a last line of JSON on stderr: rows, events, bytes_in, bytes_out, wall_s, cpu_s, rss_max
`;

function parseStart(text: string): StreamStart {
  if (text === 'latest' || text === 'earliest' || text === 'checkpoint') return { kind: text };
  if (text.startsWith('gtid:')) return { kind: 'gtid', gtidSet: text.slice('gtid:'.length) };
  if (text.startsWith('time:')) {
    const unixSeconds = Number(text.slice('time:'.length));
    if (Number.isSafeInteger(unixSeconds) && unixSeconds >= 0 && unixSeconds <= 0xffff_ffff) {
      return { kind: 'time', unixSeconds };
    }
    throw new CdcError('CDC_INVALID_REQUEST', `--start ${text}: not a time`, {
      hint: 'Write time: and unix seconds, for example time:1763812000.',
    });
  }
  return { kind: 'position', position: parsePosition(text) };
}

function parseUntil(text: string | undefined): StreamUntil {
  if (text === undefined) return { kind: 'never' };
  if (text === 'now') return { kind: 'now' };
  if (text.startsWith('gtid:')) return { kind: 'gtid', gtidSet: text.slice('gtid:'.length) };
  return { kind: 'position', position: parsePosition(text) };
}

const list = (texts: readonly string[] | undefined): string[] =>
  (texts ?? [])
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');

const OPTIONS = {
  source: { type: 'string', multiple: true },
  database: { type: 'string', multiple: true },
  tables: { type: 'string', multiple: true },
  exclude: { type: 'string', multiple: true },
  start: { type: 'string' },
  until: { type: 'string' },
  sink: { type: 'string', default: 'stdout' },
  format: { type: 'string', default: 'galaxy' },
  'with-key': { type: 'boolean', default: false },
  checkpoint: { type: 'string' },
  stats: { type: 'boolean', default: false },
  'no-ddl': { type: 'boolean', default: false },
  'task-id': { type: 'string', default: 'galaxy' },
  'server-id': { type: 'string' },
  statements: { type: 'string', default: 'warn' },
  delivery: { type: 'string', default: 'at_least_once' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** null: --help was asked for. Throws what parseArgs throws for an unknown option, else CDC_INVALID_REQUEST. */
export function parseStreamOptions(args: string[]): StreamCommandOptions | null {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help) return null;
  const problems: FieldProblem[] = [];
  const sources = values.source ?? [];
  if (sources.length === 0) problems.push({ path: '--source', problem: 'is missing' });
  if (['debezium', 'maxwell', 'canal'].includes(values.format)) {
    throw new CdcError('CDC_NOT_SUPPORTED', `--format ${values.format} comes with a later version`);
  }
  if (values.format !== 'galaxy')
    problems.push({ path: '--format', problem: `must be galaxy, not ${values.format}` });
  const { statements, delivery } = values;
  if (delivery !== 'at_least_once' && delivery !== 'exactly_once') {
    problems.push({ path: '--delivery', problem: 'must be at_least_once or exactly_once' });
  }
  if (statements !== 'warn' && statements !== 'fail') {
    problems.push({ path: '--statements', problem: 'must be warn or fail' });
  }
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(values['task-id'])) {
    problems.push({ path: '--task-id', problem: 'must be 1-128 of letters, digits, ".", "_", "-"' });
  }
  const serverId = values['server-id'] === undefined ? null : Number(values['server-id']);
  if (serverId !== null && !(Number.isInteger(serverId) && serverId > 0 && serverId <= 0xffff_ffff)) {
    problems.push({ path: '--server-id', problem: 'must be 1 to 4294967295' });
  }
  if (values.start === 'checkpoint' && values.checkpoint === undefined) {
    problems.push({ path: '--checkpoint', problem: 'is missing: --start checkpoint needs the file' });
  }
  if (problems.length > 0) {
    throw new UsageError(`${problems.map(({ path, problem }) => `${path} ${problem}`).join('; ')}.`);
  }
  return {
    sources,
    databases: list(values.database),
    tables: list(values.tables),
    exclude: list(values.exclude),
    start: values.start === undefined ? null : parseStart(values.start),
    until: parseUntil(values.until),
    sink: values.sink,
    withKey: values['with-key'],
    delivery: delivery === 'exactly_once' ? 'exactly_once' : 'at_least_once',
    checkpoint: values.checkpoint ?? null,
    stats: values.stats,
    ddl: !values['no-ddl'],
    taskId: values['task-id'],
    serverId,
    statements: statements === 'fail' ? 'fail' : 'warn',
  };
}
