/** Where a server's binlog stands. */
import { CdcError } from '../errors.ts';
import type { BinlogPosition } from '../position.ts';
import type { Row } from './driver.ts';
import { type Queries, type ServerFacts, versionAtLeast } from './facts.ts';
import { formatTarget } from './target.ts';

export interface BinlogFile {
  readonly file: string;
  readonly sizeBytes: number;
}

const binlogOff = (session: Queries): CdcError =>
  new CdcError('CDC_BINLOG_OFF', `${formatTarget(session.target)} writes no binlog`);

/** MySQL wraps long sets over several lines. */
const compact = (gtidSet: string | null | undefined): string => (gtidSet ?? '').replace(/\s+/g, '');

async function readStatus(session: Queries, facts: ServerFacts): Promise<Row> {
  const renamed = facts.flavor === 'mysql' && versionAtLeast(facts, 8, 2);
  const [row] = await session.query(renamed ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS');
  if (row === undefined || (row.File ?? '') === '') throw binlogOff(session);
  return row;
}

function positionOf(row: Row): BinlogPosition {
  return { file: row.File ?? '', position: Number(row.Position ?? 0) };
}

async function readGtidBinlogPos(session: Queries): Promise<string> {
  const [row] = await session.query('SELECT @@GLOBAL.gtid_binlog_pos AS gtids');
  return compact(row?.gtids);
}

const MARIADB_TRIES = 5;

/**
 * MariaDB tells GTIDs and file position in two queries. Equal GTIDs before and after say that nothing was written
 * between them; on a server that never rests the server itself works out the GTIDs at the position.
 */
async function mariadbPosition(
  session: Queries,
  facts: ServerFacts,
): Promise<BinlogPosition & { gtidSet: string }> {
  for (let attempt = 0; attempt < MARIADB_TRIES; attempt += 1) {
    const before = await readGtidBinlogPos(session);
    const position = positionOf(await readStatus(session, facts));
    if (before === (await readGtidBinlogPos(session))) return { ...position, gtidSet: before };
  }
  const position = positionOf(await readStatus(session, facts));
  const [row] = await session.query('SELECT BINLOG_GTID_POS(?, ?) AS gtids', [
    position.file,
    position.position,
  ]);
  return { ...position, gtidSet: compact(row?.gtids) };
}

export async function readCurrentPosition(
  session: Queries,
  facts: ServerFacts,
): Promise<BinlogPosition & { gtidSet: string }> {
  if (!facts.logBin) throw binlogOff(session);
  if (facts.flavor === 'mariadb') return await mariadbPosition(session, facts);
  const row = await readStatus(session, facts);
  // With gtid_mode off the set may hold GTIDs of former times: nothing to resume by.
  const gtids = facts.gtidMode === 'ON' ? compact(row.Executed_Gtid_Set) : '';
  return { ...positionOf(row), gtidSet: gtids };
}

export async function readBinlogFiles(session: Queries): Promise<BinlogFile[]> {
  const rows = await session.query('SHOW BINARY LOGS');
  return rows.map((row) => ({ file: row.Log_name ?? '', sizeBytes: Number(row.File_size ?? 0) }));
}

export async function readPurgedGtids(session: Queries, facts: ServerFacts): Promise<string> {
  if (facts.flavor === 'mariadb') return '';
  const [row] = await session.query('SELECT @@GLOBAL.gtid_purged AS gtids');
  return compact(row?.gtids);
}
