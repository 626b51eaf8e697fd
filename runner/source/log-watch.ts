/**
 * A server whose log is reset under a running dump does not tell: the dump waits on a file that is gone, with
 * heartbeats. So the server is asked now and then, on a connection of its own, whether its log still goes on from where
 * it stood before.
 */
import { CdcError } from '../../core/errors.ts';
import { GtidSet, MariadbGtidSet } from '../../core/gtid-set.ts';
import { lackingMariadb } from '../../core/mysql/resume-check.ts';
import { connectMysql, type MysqlSession } from '../../core/mysql/session.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import { type BinlogPosition, comparePositions, formatPosition } from '../../core/position.ts';

/** Where a log ends, and what it has executed. */
export type LogEnd = BinlogPosition & { readonly gtidSet: string };

/** Whether a log that ended `before` can't have come to end `now` by being written on. */
export function beganAnew(flavor: 'mysql' | 'mariadb', before: LogEnd, now: LogEnd): boolean {
  if (comparePositions(now, before) < 0) return true;
  if (flavor === 'mysql')
    return GtidSet.parse(before.gtidSet).subtract(GtidSet.parse(now.gtidSet)).toString() !== '';
  return before.gtidSet !== '' && lackingMariadb(MariadbGtidSet.parse(before.gtidSet), now.gtidSet) !== '';
}

export interface LogWatchOptions {
  readonly target: MysqlTarget;
  readonly flavor: 'mysql' | 'mariadb';
  /** Of the server that is read; where another one answers by now, that is for the next connection to judge. */
  readonly serverUuid: string;
  readonly everyMs: number;
  /** Called once; the watch is over then. */
  readonly onReset: (error: CdcError) => void;
}

const TIMEOUT_MS = 5_000;

/** Looks until it is stopped. Where the server can't be asked it looks again later: the dump tells what is wrong. */
export function watchLog({ target, flavor, serverUuid, everyMs, onReset }: LogWatchOptions): () => void {
  const stopped = new AbortController();
  let session: MysqlSession | null = null;
  let before: LogEnd | null = null;
  const look = async (): Promise<void> => {
    const options = { timeoutMs: TIMEOUT_MS, queryTimeoutMs: TIMEOUT_MS, signal: stopped.signal };
    try {
      session ??= await connectMysql(target, options);
      const now = await session.currentPosition();
      if (before !== null && beganAnew(flavor, before, now)) {
        const places = `it stood at ${formatPosition(before)} and now stands at ${formatPosition(now)}`;
        const { serverUuid: answers } = await session.facts();
        stop();
        onReset(
          answers === serverUuid
            ? new CdcError('CDC_SERVER_CHANGED', `the binlog of ${serverUuid} was reset: ${places}`)
            : new CdcError('CDC_SOURCE_DISCONNECTED', `another server, ${answers}, answers: ${places}`),
        );
        return;
      }
      before = now;
    } catch {
      session?.destroy();
      session = null;
    }
    if (!stopped.signal.aborted) timer = setTimeout(() => void look(), everyMs).unref();
  };
  let timer = setTimeout(() => void look(), 0).unref();
  const stop = (): void => {
    stopped.abort();
    clearTimeout(timer);
    session?.destroy();
    session = null;
  };
  return stop;
}
