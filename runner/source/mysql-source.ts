import { CdcError } from '../../core/errors.ts';
import { parseGtidSet } from '../../core/gtid-set.ts';
import type { Log } from '../../core/log.ts';
import { shortDump } from '../../core/mysql/binlog-files.ts';
import { openDump } from '../../core/mysql/dump.ts';
import type { DumpStart } from '../../core/mysql/dump-start.ts';
import type { ServerFacts } from '../../core/mysql/facts.ts';
import { checkResume } from '../../core/mysql/resume-check.ts';
import { ServerList } from '../../core/mysql/server-list.ts';
import { connectMysql, type MysqlSession } from '../../core/mysql/session.ts';
import { formatTarget, type MysqlTarget } from '../../core/mysql/target.ts';
import { watchLog } from './log-watch.ts';
import type { ResumePoint } from './resume-point.ts';
import { ServerSchema } from './server-schema.ts';
import type { OpenSource, SourceConnection } from './source.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface MysqlSourceOptions {
  /** The servers of one topology; the stream goes on at another one when it can't at the first. */
  readonly targets: readonly [MysqlTarget, ...MysqlTarget[]];
  readonly serverId: number;
  readonly heartbeatMs: number;
  /** The schema history of the checkpoint that the stream resumes from; null: none is kept. */
  readonly schemaState: Uint8Array | null;
  readonly schemaVersion: number | null;
  readonly log: Log;
}

const hasGtids = (facts: ServerFacts): boolean => facts.flavor === 'mariadb' || facts.gtidMode === 'ON';

/**
 * Where to begin on this server. By GTID set where both sides have one: it is checked by the server and
 * holds on any server of the topology. File and position belong to one server only: on another one they
 * would read an unrelated place.
 */
function dumpFrom(from: ResumePoint, facts: ServerFacts): DumpStart {
  if (from.gtids !== null && hasGtids(facts)) return { kind: 'gtid', gtidSet: from.gtids.toString() };
  if (from.serverUuid !== null && from.serverUuid !== facts.serverUuid) {
    throw new CdcError(
      'CDC_SERVER_CHANGED',
      `the position belongs to server ${from.serverUuid}, but ${facts.serverUuid} answers, and there is no GTID set`,
    );
  }
  return { kind: 'position', file: from.file, position: from.position };
}

async function latest(session: MysqlSession, facts: ServerFacts): Promise<ResumePoint> {
  const { file, position, gtidSet } = await session.currentPosition();
  const gtids = hasGtids(facts) ? parseGtidSet(facts.flavor, gtidSet) : null;
  return { file, position, gtids, serverUuid: facts.serverUuid };
}

interface Found {
  readonly target: MysqlTarget;
  readonly facts: ServerFacts;
  readonly start: ResumePoint;
  readonly dumpFrom: DumpStart;
  /** See SourceConnection. */
  readonly lost: string;
}

/** Asks one server whether the stream can go on there, and where. */
async function find(
  target: MysqlTarget,
  from: ResumePoint | null,
  tolerateTail: boolean,
  signal: AbortSignal,
): Promise<Found> {
  const session = await connectMysql(target, { timeoutMs: CONNECT_TIMEOUT_MS, signal });
  try {
    const facts = await session.facts();
    if (from === null) {
      const start = await latest(session, facts);
      return { target, facts, start, dumpFrom: dumpFrom(start, facts), lost: '' };
    }
    const place = dumpFrom(from, facts);
    const start = { ...from, serverUuid: facts.serverUuid };
    if (from.gtids === null || place.kind !== 'gtid')
      return { target, facts, start, dumpFrom: place, lost: '' };
    const { gtids, lost } = await checkResume(session, facts, { gtids: from.gtids, tolerateTail });
    const byGtid: DumpStart = { kind: 'gtid', gtidSet: gtids.toString() };
    return { target, facts, start: { ...start, gtids }, dumpFrom: byGtid, lost };
  } finally {
    await session.end();
  }
}

/** A MySQL or MariaDB topology as a source. */
export function mysqlSource(options: MysqlSourceOptions): OpenSource {
  // follows the stream, not the connection: over reconnects, and from one server to the next
  let schema: ServerSchema | null = null;
  const servers = new ServerList(options.targets);
  return async (from, signal): Promise<SourceConnection> => {
    const { found, dump } = await servers.first(async (target) => {
      const there = await find(target, from, options.targets.length > 1, signal);
      const opened = await openDump({
        target,
        serverId: options.serverId,
        flavor: there.facts.flavor,
        heartbeatMs: options.heartbeatMs,
        from: there.dumpFrom,
        signal,
      });
      return { found: there, dump: opened };
    }, signal);
    const { facts, start, target, lost } = found;
    // a history that was kept has the places of the server that it was read from
    const serverUuid = from?.serverUuid ?? facts.serverUuid;
    schema ??= new ServerSchema({ ...options, target, facts: { ...facts, serverUuid } });
    try {
      await schema.connected(target, facts, start);
    } catch (error) {
      dump.close();
      throw error;
    }
    const stopWatch = watchLog({
      target,
      flavor: facts.flavor,
      serverUuid: facts.serverUuid,
      everyMs: options.heartbeatMs,
      onReset: (error) => dump.fail(error),
    });
    return {
      identity: { serverUuid: facts.serverUuid, flavor: facts.flavor },
      address: formatTarget(target),
      lost,
      foldCase: facts.lowerCaseTableNames !== 0,
      start,
      schema,
      preamble: [],
      events: dump,
      reread: async ({ file, position }, rereadSignal) => {
        const at: DumpStart = { kind: 'position', file, position };
        const again = await shortDump({ target, facts, signal: rereadSignal }, at);
        return { preamble: [], events: again, close: () => again.close() };
      },
      close: async () => {
        stopWatch();
        dump.close();
      },
    };
  };
}
