import { CdcError } from '../../core/errors.ts';
import { parseGtidSet } from '../../core/gtid-set.ts';
import type { Log } from '../../core/log.ts';
import { openDump } from '../../core/mysql/dump.ts';
import type { DumpStart } from '../../core/mysql/dump-start.ts';
import type { ServerFacts } from '../../core/mysql/facts.ts';
import { connectMysql, type MysqlSession } from '../../core/mysql/session.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import type { ResumePoint } from './resume-point.ts';
import { ServerSchema } from './server-schema.ts';
import type { OpenSource, SourceConnection } from './source.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface MysqlSourceOptions {
  readonly target: MysqlTarget;
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

/** A MySQL or MariaDB server as a source. The schema is kept over reconnects: it follows the stream, not the connection. */
export function mysqlSource(options: MysqlSourceOptions): OpenSource {
  let schema: ServerSchema | null = null;
  return async (from, signal): Promise<SourceConnection> => {
    const session = await connectMysql(options.target, { timeoutMs: CONNECT_TIMEOUT_MS, signal });
    let facts: ServerFacts;
    let start: ResumePoint;
    let tables: ServerSchema;
    try {
      facts = await session.facts();
      start = from === null ? await latest(session, facts) : { ...from, serverUuid: facts.serverUuid };
      schema ??= new ServerSchema({ ...options, facts });
      tables = schema;
    } finally {
      await session.end();
    }
    const dump = await openDump({
      target: options.target,
      serverId: options.serverId,
      flavor: facts.flavor,
      heartbeatMs: options.heartbeatMs,
      from: from === null ? dumpFrom(start, facts) : dumpFrom(from, facts),
      signal,
    });
    return {
      identity: { serverUuid: facts.serverUuid, flavor: facts.flavor },
      foldCase: facts.lowerCaseTableNames !== 0,
      start,
      schema: tables,
      preamble: [],
      events: dump,
      close: async () => dump.close(),
    };
  };
}
