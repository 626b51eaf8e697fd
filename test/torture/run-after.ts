/** All cases first, then one stream over all that they wrote. */
import { connectMysql } from '../../core/mysql/session.ts';
import { targetOf } from '../support/binlog-rows.ts';
import { runStream } from '../support/run-stream.ts';
import type { MysqlAddress } from '../support/servers.ts';
import { byMark, judge, type Outcome } from './outcome.ts';
import type { Direction, TortureCase } from './parse-cases.ts';
import { DATABASES, MARKS, Sessions } from './sessions.ts';

interface Ran {
  readonly item: TortureCase;
  /** Its mark is twice this number, the one behind it one more. */
  readonly number: number;
  /** Where the log stood before it. */
  readonly start: string;
  /** What went wrong before there was a stream. */
  readonly failure: string | null;
}

const urlOf = ({ host, port, user, password }: MysqlAddress): string =>
  `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;

/** What to stream; where from comes behind it. */
export const streamArguments = (address: MysqlAddress): string[] => [
  '--source',
  urlOf(address),
  '--database',
  [...DATABASES, MARKS].join(','),
];

export async function logPosition(address: MysqlAddress): Promise<string> {
  const session = await connectMysql(targetOf(address));
  try {
    const { file, position } = await session.currentPosition();
    return `${file}:${position}`;
  } finally {
    await session.end();
  }
}

export async function withMarks<T>(
  address: MysqlAddress,
  work: (sessions: Sessions) => Promise<T>,
): Promise<T> {
  const sessions = new Sessions(address);
  try {
    await sessions.admin(`CREATE DATABASE IF NOT EXISTS ${MARKS}`);
    await sessions.admin(`CREATE TABLE IF NOT EXISTS ${MARKS}.m (id BIGINT PRIMARY KEY)`);
    await sessions.admin(`DELETE FROM ${MARKS}.m`);
    return await work(sessions);
  } finally {
    for (const database of [...DATABASES, MARKS]) {
      await sessions.admin(`DROP DATABASE IF EXISTS ${database}`).catch(() => undefined);
    }
    await sessions.close();
  }
}

async function write(
  sessions: Sessions,
  address: MysqlAddress,
  item: TortureCase,
  number: number,
  restartServer: () => Promise<void>,
): Promise<Ran> {
  // nothing streams meanwhile: only the server's own restart is left of the directions
  const direct = (direction: Direction): Promise<void> =>
    direction === 'restart-server' ? restartServer() : Promise.resolve();
  const start = await logPosition(address);
  try {
    await sessions.prepare(item);
    await sessions.mark(2 * number);
    await sessions.run(item.steps, direct);
    return { item, number, start, failure: null };
  } catch (error) {
    return { item, number, start, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await sessions.mark(2 * number + 1);
  }
}

/** What of a stream from the first of these on came; those after one that ends the stream are left out. */
async function readSome(address: MysqlAddress, ran: readonly Ran[], until: string): Promise<Outcome[]> {
  const run = await runStream([
    ...streamArguments(address),
    '--start',
    ran[0]?.start ?? '',
    '--until',
    until,
  ]);
  const parts = byMark(run.stdout.split('\n').filter((line) => line !== ''));
  const whole = ran.filter(({ number }) => parts.has(2 * number + 1));
  return whole.map(({ item, number, failure }) => ({
    item,
    problem: failure ?? judge(item, parts.get(2 * number) ?? [], false) ?? secretProblem(item, run.stderr),
  }));
}

const secretProblem = (item: TortureCase, stderr: string): string | null =>
  item.secrets.some((word) => stderr.includes(word)) ? 'a secret is in the log' : null;

/** One stream over all. Where it fails, what it had not written yet is lost: then case by case up to the bad one. */
async function read(address: MysqlAddress, ran: readonly Ran[]): Promise<Outcome[]> {
  const outcomes = await readSome(address, ran, 'now');
  while (outcomes.length < ran.length) {
    const left = ran.slice(outcomes.length);
    const [first, second] = left;
    if (first === undefined) break;
    const alone = await readSome(address, [first], second?.start ?? 'now');
    outcomes.push(...alone);
    if (alone.length > 0) continue;
    outcomes.push({ item: first.item, problem: await failureOf(address, first) });
    outcomes.push(...(await readSome(address, left.slice(1), 'now')));
  }
  return outcomes;
}

async function failureOf(address: MysqlAddress, ran: Ran): Promise<string> {
  const { code, stderr } = await runStream([
    ...streamArguments(address),
    '--start',
    ran.start,
    '--until',
    'now',
  ]);
  return `the stream ended with ${code}: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`;
}

export async function runAfter(
  address: MysqlAddress,
  cases: readonly TortureCase[],
  restartServer: () => Promise<void>,
): Promise<Outcome[]> {
  return await withMarks(address, async (sessions) => {
    const ran: Ran[] = [];
    for (const [index, item] of cases.entries()) {
      ran.push(await write(sessions, address, item, index + 1, restartServer));
    }
    return await read(address, ran);
  });
}
