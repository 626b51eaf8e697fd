import type { Checkpoint } from '../core/checkpoint.ts';
import { type AnyGtidSet, parseGtidSet } from '../core/gtid-set.ts';
import { takeStart, type WantedPlace } from '../core/mysql/start-position.ts';
import type { MysqlTarget } from '../core/mysql/target.ts';
import { mysqlSource } from '../runner/source/mysql-source.ts';
import type { ResumePoint } from '../runner/source/resume-point.ts';
import { type Until, untilPlace } from '../runner/source/until.ts';
import type { EndsRequest, SourceEnds } from './ends.ts';
import type { StreamStart, StreamUntil } from './stream-options.ts';

const HEARTBEAT_MS = 5_000;

/** The source's end of a stream that reads a server. */
export async function serverEnds(request: EndsRequest, target: MysqlTarget): Promise<SourceEnds> {
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
      return { reached: (at) => at.gtids?.contains(until.gtidSet) === true, place: null };
    case 'position':
      return untilPlace(until.position);
    default: {
      const now = await takeStart(target, { kind: 'latest' });
      return untilPlace(now);
    }
  }
}
