/** The further servers of a topology: can the stream go on there, should the first one fail? */
import { toCdcError } from '../../core/errors.ts';
import type { ServerFacts } from '../../core/mysql/facts.ts';
import { connectMysql } from '../../core/mysql/session.ts';
import { formatTarget, type MysqlTarget } from '../../core/mysql/target.ts';
import type { CheckFinding } from './probes.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** What stands in the way of going on at `other`; null where nothing does. */
export function failoverProblem(first: ServerFacts, other: ServerFacts): string | null {
  if (first.flavor !== other.flavor) return `is ${other.flavor}, and the first server is ${first.flavor}`;
  if (!other.logBin) return 'writes no binlog (log_bin)';
  if (first.gtidMode !== 'ON' || other.gtidMode !== 'ON') {
    return 'and the first server do not both have gtid_mode = ON: without GTIDs a stream can not change servers';
  }
  if (first.serverUuid === other.serverUuid) return 'is the same server under another name';
  return null;
}

async function finding(first: ServerFacts, target: MysqlTarget, signal?: AbortSignal): Promise<CheckFinding> {
  const name = `server ${formatTarget(target)}`;
  const warn = (message: string): CheckFinding => ({
    name,
    status: 'warn',
    message,
    fix: 'Correct mysql_config.hosts, or mend that server before it is needed.',
  });
  try {
    const options = { timeoutMs: CONNECT_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
    const session = await connectMysql(target, options);
    try {
      const other = await session.facts();
      const problem = failoverProblem(first, other);
      if (problem !== null) return warn(`${formatTarget(target)} ${problem}`);
      return { name, status: 'pass', message: `the stream can go on there (${other.version})` };
    } finally {
      await session.end();
    }
  } catch (error) {
    return warn(toCdcError(error).message);
  }
}

/** One finding for each server but the one that was asked first; all at once. Never a failure: they are spares. */
export async function otherServerFindings(
  first: ServerFacts,
  others: readonly MysqlTarget[],
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  return await Promise.all(others.map((target) => finding(first, target, signal)));
}
