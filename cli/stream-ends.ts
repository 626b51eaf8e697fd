import { fileURLToPath } from 'node:url';
import type { Checkpoint } from '../core/checkpoint.ts';
import { CdcError } from '../core/errors.ts';
import { type AnyGtidSet, parseGtidSet } from '../core/gtid-set.ts';
import type { Log } from '../core/log.ts';
import { takeStart, type WantedPlace } from '../core/mysql/start-position.ts';
import { type MysqlTarget, parseMysqlUrl } from '../core/mysql/target.ts';
import { comparePositions } from '../core/position.ts';
import { fileSource } from '../runner/source/file-source.ts';
import { mysqlSource } from '../runner/source/mysql-source.ts';
import type { ResumePoint } from '../runner/source/resume-point.ts';
import type { OpenSource } from '../runner/source/source.ts';
import type { Until } from '../runner/stream-options.ts';
import type { CliIo } from './io.ts';
import type { StreamCommandOptions, StreamStart, StreamUntil } from './stream-options.ts';
import { type SinkEnd, sinkFromUrl } from './stream-sink.ts';

const HEARTBEAT_MS = 5_000;

export interface StreamEnds extends SinkEnd {
  readonly open: OpenSource;
  readonly start: ResumePoint | null;
  readonly until: Until | null;
}

interface EndsRequest {
  readonly options: StreamCommandOptions;
  readonly io: CliIo;
  readonly log: Log;
  readonly stored: Checkpoint | null;
  readonly storedSchema: (version: number) => Promise<Uint8Array | null>;
  readonly serverId: number;
}

/** Makes the two ends that the options name. */
export async function openStreamEnds(request: EndsRequest): Promise<StreamEnds> {
  const { options } = request;
  const sink = sinkFromUrl(options.sink, options, request.io);
  const source = options.sources.every((url) => url.startsWith('file:'))
    ? fileEnds(options)
    : await serverEnds(request, parseMysqlUrl(onlyOne(options.sources)));
  return { ...source, ...sink };
}

function onlyOne(urls: readonly string[]): string {
  const [url, ...rest] = urls;
  if (url !== undefined && rest.length === 0) return url;
  throw new CdcError('CDC_INVALID_REQUEST', '--source may be given several times for files only', {
    hint: 'Start one galaxy stream for each server.',
  });
}

type SourceEnds = Pick<StreamEnds, 'open' | 'start' | 'until'>;

function fileEnds(options: StreamCommandOptions): SourceEnds {
  const paths = options.sources.map((url) => fileURLToPath(url));
  const start = options.start ?? { kind: 'earliest' };
  const { until } = options;
  if (start.kind !== 'earliest' && start.kind !== 'position') {
    throw new CdcError('CDC_INVALID_REQUEST', `--start ${start.kind} is not for files`, {
      hint: 'Write --start earliest or --start FILE:POS.',
    });
  }
  return {
    open: fileSource(paths),
    start: start.kind === 'position' ? { ...start.position, gtids: null, serverUuid: null } : null,
    until: until.kind === 'position' ? (at) => comparePositions(at, until.position) >= 0 : null,
  };
}

async function serverEnds(request: EndsRequest, target: MysqlTarget): Promise<SourceEnds> {
  const { stored, log, serverId, storedSchema } = request;
  const schemaVersion = stored?.schemaVersion ?? null;
  const schemaState = schemaVersion === null ? null : await storedSchema(schemaVersion);
  return {
    open: mysqlSource({
      targets: [target],
      serverId,
      heartbeatMs: HEARTBEAT_MS,
      schemaState,
      schemaVersion,
      log,
    }),
    start: stored === null ? await startPoint(target, request.options.start) : resumePoint(stored),
    until: await untilPoint(target, request.options.until),
  };
}

function resumePoint(stored: Checkpoint): ResumePoint {
  const { file, position, gtidSet, source, fileBeganS = null } = stored;
  const gtids = gtidSet === '' ? null : parseGtidSet(source.flavor, gtidSet);
  return { file, position, gtids, serverUuid: source.serverUuid, fileBeganS };
}

function wantedPlace(start: StreamStart): WantedPlace {
  switch (start.kind) {
    case 'position':
      return { kind: 'position', position: start.position };
    case 'gtid':
      return { kind: 'gtid-set', gtidSet: start.gtidSet };
    case 'time':
      return { kind: 'time', startTimeS: start.unixSeconds };
    case 'earliest':
      return { kind: 'earliest' };
    default:
      return { kind: 'latest' };
  }
}

/** null: the latest position, taken when the connection is made. */
async function startPoint(target: MysqlTarget, start: StreamStart | null): Promise<ResumePoint | null> {
  if (start === null || start.kind === 'latest') return null;
  const place = await takeStart(target, wantedPlace(start));
  const flavor = place.serverUuid.startsWith('mariadb:') ? 'mariadb' : 'mysql';
  const gtids: AnyGtidSet | null = place.gtidSet === '' ? null : parseGtidSet(flavor, place.gtidSet);
  return { file: place.file, position: place.position, gtids, serverUuid: place.serverUuid };
}

async function untilPoint(target: MysqlTarget, until: StreamUntil): Promise<Until | null> {
  switch (until.kind) {
    case 'never':
      return null;
    case 'gtid':
      return (at) => at.gtids?.contains(until.gtidSet) === true;
    case 'position':
      return (at) => comparePositions(at, until.position) >= 0;
    default: {
      const now = await takeStart(target, { kind: 'latest' });
      return (at) => comparePositions(at, now) >= 0;
    }
  }
}
