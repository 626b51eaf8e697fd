/** Where a stream is to begin, found out on the server: a place between two transactions, and the GTIDs before it. */

import { unreachable } from '../assert.ts';
import { CdcError } from '../errors.ts';
import { eachEvent } from '../event-runs.ts';
import { type AnyGtidSet, GtidSet, parseGtidSet } from '../gtid-set.ts';
import { type BinlogPosition, fileSequence } from '../position.ts';
import {
  beginOfFile,
  type FileReader,
  gtidsBeforeFile,
  hasGtids,
  scanFrom,
  shortDump,
} from './binlog-files.ts';
import { FIRST_POSITION } from './commands.ts';
import { checkPosition } from './dump-start.ts';
import { rotatedTo } from './event-head.ts';
import { ServerList } from './server-list.ts';
import { connectMysql, type MysqlSession } from './session.ts';
import type { BinlogFile } from './status.ts';
import { formatTarget, type MysqlTarget } from './target.ts';

/** What is asked for. */
export type WantedPlace =
  | { readonly kind: 'latest' }
  | { readonly kind: 'earliest' }
  /** Unix seconds: before the first transaction of that time or later. */
  | { readonly kind: 'time'; readonly startTimeS: number }
  | { readonly kind: 'position'; readonly position: BinlogPosition }
  | { readonly kind: 'gtid-set'; readonly gtidSet: string };

export interface StartPlace extends BinlogPosition {
  /** Executed before it; '' where the server has no GTIDs, or none were executed. */
  readonly gtidSet: string;
  readonly serverUuid: string;
}

type Place = BinlogPosition & { readonly gtids: AnyGtidSet | null };

interface Asked extends FileReader {
  readonly session: MysqlSession;
}

async function listFiles({ session }: Asked): Promise<[BinlogFile, ...BinlogFile[]]> {
  const [oldest, ...rest] = await session.binlogFiles();
  if (oldest === undefined) {
    throw new CdcError('CDC_BINLOG_OFF', `${formatTarget(session.target)} has no binlog files`);
  }
  return [oldest, ...rest];
}

async function latest({ session, facts }: Asked): Promise<Place> {
  const { file, position, gtidSet } = await session.currentPosition();
  return { file, position, gtids: hasGtids(facts) ? parseGtidSet(facts.flavor, gtidSet) : null };
}

async function beginning({ session, facts }: Asked, file: string): Promise<Place> {
  return { file, position: FIRST_POSITION, gtids: await gtidsBeforeFile(session, facts, file) };
}

async function atPosition(asked: Asked, wanted: BinlogPosition): Promise<Place> {
  checkPosition(wanted, await listFiles(asked));
  const { session, facts } = asked;
  if (wanted.position === FIRST_POSITION) return await beginning(asked, wanted.file);
  const before = await gtidsBeforeFile(session, facts, wanted.file);
  const goal = { kind: 'position', position: wanted.position } as const;
  return await scanFrom(asked, wanted.file, goal, before);
}

/** CDC_BINLOG_PURGED, CDC_POSITION_INVALID: MySQL would tell it only when the dump begins. */
async function checkGtidSet(session: MysqlSession, wanted: GtidSet): Promise<void> {
  const purged = GtidSet.parse(await session.purgedGtids()).subtract(wanted);
  if (!purged.isEmpty) {
    throw new CdcError('CDC_BINLOG_PURGED', `the server has deleted the transactions ${purged}`);
  }
  const { serverUuid } = await session.facts();
  const [row] = await session.query('SELECT @@GLOBAL.gtid_executed AS gtids');
  const foreign = wanted.subtract(GtidSet.parse(row?.gtids ?? ''));
  if (foreign.toString().includes(serverUuid.toLowerCase())) {
    throw new CdcError('CDC_POSITION_INVALID', `the server never executed ${foreign}`);
  }
}

/** The server finds the file by the set; the first event of the dump, made for it, tells which one it is. */
async function atGtidSet(asked: Asked, gtidSet: string): Promise<Place> {
  const { facts, session } = asked;
  if (!hasGtids(facts)) {
    throw new CdcError(
      'CDC_POSITION_INVALID',
      `gtid_mode is ${facts.gtidMode}: the server has no GTIDs to start by`,
    );
  }
  const gtids = parseGtidSet(facts.flavor, gtidSet);
  if (gtids instanceof GtidSet) await checkGtidSet(session, gtids);
  const dump = await shortDump(asked, { kind: 'gtid', gtidSet: gtids.toString() });
  try {
    for await (const [run] of dump) {
      const [event] = run === undefined ? [] : eachEvent([run]);
      const file = event === undefined ? null : rotatedTo(event, facts.checksum === 'CRC32' ? 4 : 0);
      if (file !== null) return { file, position: FIRST_POSITION, gtids };
    }
  } finally {
    dump.close();
  }
  throw new CdcError('CDC_SOURCE_DISCONNECTED', 'the server did not say where the GTID set leads');
}

/** Has the server every transaction that it ever wrote? */
async function nothingPurged({ session, facts }: Asked, oldest: string): Promise<boolean> {
  if (fileSequence(oldest) === 1) return true;
  return facts.flavor === 'mysql' && hasGtids(facts) && (await session.purgedGtids()) === '';
}

const timeText = (unixSeconds: number): string =>
  `${new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z')} (${unixSeconds})`;

async function checkOldest(asked: Asked, oldest: string, wantedS: number): Promise<void> {
  const beginS = await beginOfFile(asked, oldest);
  // In the second in which a file begins, the one before it may still have been written.
  if (beginS < wantedS || (await nothingPurged(asked, oldest))) return;
  throw new CdcError(
    'CDC_START_TIME_PURGED',
    `the binlog does not reach back to ${timeText(wantedS)}; the oldest time to be had is ${timeText(beginS + 1)}`,
  );
}

/** The last file that was begun before that time: what comes before it is older. The first one where there is none. */
async function fileOfTime(
  asked: Asked,
  files: [BinlogFile, ...BinlogFile[]],
  wantedS: number,
): Promise<string> {
  let low = 0;
  let high = files.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const beginS = await beginOfFile(asked, files[middle]?.file ?? '');
    if (beginS < wantedS) low = middle;
    else high = middle - 1;
  }
  return files[low]?.file ?? files[0].file;
}

async function atTime(asked: Asked, wantedS: number): Promise<Place> {
  const [row] = await asked.session.query('SELECT UNIX_TIMESTAMP() AS now');
  if (wantedS > Number(row?.now ?? 0)) return await latest(asked);
  const files = await listFiles(asked);
  const file = await fileOfTime(asked, files, wantedS);
  if (file === files[0].file) await checkOldest(asked, file, wantedS);
  const before = await gtidsBeforeFile(asked.session, asked.facts, file);
  return await scanFrom(asked, file, { kind: 'time', unixSeconds: wantedS }, before);
}

function placeOf(asked: Asked, wanted: WantedPlace): Promise<Place> {
  switch (wanted.kind) {
    case 'latest':
      return latest(asked);
    case 'earliest':
      return listFiles(asked).then(([oldest]) => beginning(asked, oldest.file));
    case 'time':
      return atTime(asked, wanted.startTimeS);
    case 'position':
      return atPosition(asked, wanted.position);
    case 'gtid-set':
      return atGtidSet(asked, wanted.gtidSet);
    default:
      return unreachable(wanted);
  }
}

/**
 * Takes a place on the server. What connectMysql throws; CDC_BINLOG_OFF, CDC_SOURCE_GRANTS_MISSING,
 * CDC_POSITION_INVALID, CDC_BINLOG_PURGED, CDC_START_TIME_PURGED. Finding a time or a position reads the binlog
 * file that holds it from its beginning.
 */
export async function takeStart(
  target: MysqlTarget,
  wanted: WantedPlace,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<StartPlace> {
  const session = await connectMysql(target, options);
  try {
    const facts = await session.facts();
    const { signal } = options;
    const { file, position, gtids } = await placeOf(
      { session, target, facts, ...(signal === undefined ? {} : { signal }) },
      wanted,
    );
    return { file, position, gtidSet: gtids?.toString() ?? '', serverUuid: facts.serverUuid };
  } finally {
    await session.end();
  }
}

/** takeStart on the first of a topology's servers that gives it. */
export function takeStartOf(
  targets: readonly [MysqlTarget, ...MysqlTarget[]],
  wanted: WantedPlace,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<StartPlace> {
  return new ServerList(targets).first((target) => takeStart(target, wanted, options), options.signal);
}
