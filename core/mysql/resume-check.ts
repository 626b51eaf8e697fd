/**
 * Before a stream goes on by GTID set: has the server all that we have read, and still all that we have not?
 * A server tells neither reliably. MySQL compares only the transactions of its own uuid, so that a server which
 * was made anew from an old backup would pass over what it writes under numbers that we have already; MariaDB waits
 * without end for a GTID of a domain that it does not know.
 */
import { CdcError } from '../errors.ts';
import { type AnyGtidSet, GtidSet, MariadbGtidSet } from '../gtid-set.ts';
import { gtidsBeforeFile } from './binlog-files.ts';
import { type Queries, type ServerFacts, versionAtLeast } from './facts.ts';
import { readBinlogFiles, readPurgedGtids } from './status.ts';
import { formatTarget } from './target.ts';

/** A server hands a transaction to dumps a moment before it counts as executed. */
const EXECUTED_POLL_MS = 250;
const EXECUTED_POLLS = 12;
const SET_LENGTH_MAX = 600;

const short = (set: string): string =>
  set.length <= SET_LENGTH_MAX ? set : `${set.slice(0, SET_LENGTH_MAX)}… (${set.length} characters)`;

/** MariaDB: the newest GTID of every domain and server, and where replication stands. */
async function mariadbState(session: Queries): Promise<string> {
  const [row] = await session.query(
    'SELECT @@GLOBAL.gtid_binlog_state AS state, @@GLOBAL.gtid_slave_pos AS slave',
  );
  return `${row?.state ?? ''},${row?.slave ?? ''}`;
}

/** What the server lacks of `wanted`, in text; '' for nothing. */
async function lacking(session: Queries, wanted: AnyGtidSet): Promise<string> {
  if (wanted instanceof MariadbGtidSet) return lackingMariadb(wanted, await mariadbState(session));
  const [row] = await session.query('SELECT @@GLOBAL.gtid_executed AS gtids');
  return wanted.subtract(GtidSet.parse((row?.gtids ?? '').replace(/\s+/g, ''))).toString();
}

/** The newest sequence number of each `domain-server`. */
function newestOf(state: string): Map<string, bigint> {
  const newest = new Map<string, bigint>();
  for (const gtid of state.split(',').map((text) => text.trim())) {
    const [domain, server, sequence] = gtid.split('-');
    if (sequence === undefined) continue;
    const source = `${domain}-${server}`;
    const known = newest.get(source) ?? 0n;
    if (BigInt(sequence) > known) newest.set(source, BigInt(sequence));
  }
  return newest;
}

/** MariaDB: a server has ours if it has this one or a newer one of the same domain and server. */
export function lackingMariadb(wanted: MariadbGtidSet, state: string): string {
  const newest = newestOf(state);
  return wanted
    .toString()
    .split(',')
    .filter((gtid) => {
      const [domain, server, sequence] = gtid.split('-');
      return sequence !== undefined && (newest.get(`${domain}-${server}`) ?? 0n) < BigInt(sequence);
    })
    .join(',');
}

/** How a server replicates: not at all, with its source connected (or being applied), or cut off from its source. */
type Replication = 'none' | 'active' | 'cut-off';

/** A user without the privilege is told none. */
async function replication(session: Queries, facts: ServerFacts): Promise<Replication> {
  const mysql = versionAtLeast(facts, 8, 0, 22) ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS';
  const sql = facts.flavor === 'mariadb' ? 'SHOW ALL SLAVES STATUS' : mysql;
  const rows = await session.query(sql).catch(() => []);
  const states = rows.map((row) => {
    const io = row.Replica_IO_Running ?? row.Slave_IO_Running ?? 'No';
    const applier = row.Replica_SQL_Running ?? row.Slave_SQL_Running ?? 'No';
    const retrieved = (row.Retrieved_Gtid_Set ?? '').replace(/\s+/g, '');
    const executed = (row.Executed_Gtid_Set ?? '').replace(/\s+/g, '');
    if (io === 'No' && applier === 'No') return 'none';
    const applied =
      facts.flavor === 'mysql'
        ? GtidSet.parse(executed).contains(GtidSet.parse(retrieved))
        : row.Gtid_IO_Pos === row.Gtid_Slave_Pos;
    return io !== 'Yes' && applied ? 'cut-off' : 'active';
  });
  return states.find((state) => state === 'active') ?? states.find((state) => state === 'cut-off') ?? 'none';
}

/** More than this is no tail that a failover cut off. */
const TAIL_MAX = 1_000;

/** Are these the last few transactions that other servers wrote: what a source that died had not yet handed on? */
export function isTail(missing: AnyGtidSet, ours: AnyGtidSet, serverUuid: string): boolean {
  if (!(missing instanceof GtidSet && ours instanceof GtidSet)) return false;
  const ends = new Map(ours.intervals().map(([source, intervals]) => [source, intervals.at(-1)?.[1]]));
  let count = 0n;
  return missing.intervals().every(([source, intervals]) => {
    const [only, ...more] = intervals;
    if (only === undefined || more.length > 0 || source.startsWith(serverUuid.toLowerCase())) return false;
    count += BigInt(only[1]) - BigInt(only[0]);
    return only[0] > 1 && only[1] === ends.get(source) && count <= TAIL_MAX;
  });
}

/**
 * The same on MariaDB, whose positions can't be ahead of the server: ours, moved back to the newest that the server
 * has of those sources; null where that is no tail.
 */
export function withoutTail(
  missing: string,
  ours: MariadbGtidSet,
  state: string,
  serverId: number,
): MariadbGtidSet | null {
  const newest = newestOf(state);
  const moved = ours.clone();
  for (const gtid of missing.split(',')) {
    const [domain = '', server = '', sequence = '0'] = gtid.split('-');
    const last = newest.get(`${domain}-${server}`) ?? 0n;
    if (last === 0n || Number(server) === serverId || BigInt(sequence) - last > TAIL_MAX) return null;
    moved.add(`${domain}-${server}-${last}`);
  }
  return moved;
}

/** Where to go on where the server lacks only a tail that it will never have; null where it is not so. */
async function pastTail(
  session: Queries,
  facts: ServerFacts,
  ours: AnyGtidSet,
  missing: string,
): Promise<AnyGtidSet | null> {
  if (ours instanceof MariadbGtidSet) {
    return withoutTail(missing, ours, await mariadbState(session), facts.serverId);
  }
  return isTail(GtidSet.parse(missing), ours, facts.serverUuid) ? ours : null;
}

async function checkExecuted(session: Queries, facts: ServerFacts, wanted: Wanted): Promise<Resume> {
  const { gtids, tolerateTail } = wanted;
  let missing = await lacking(session, gtids);
  for (let poll = 0; poll < EXECUTED_POLLS && missing !== ''; poll += 1) {
    if (poll > 0) await new Promise((resolve) => setTimeout(resolve, EXECUTED_POLL_MS));
    missing = await lacking(session, gtids);
  }
  if (missing === '') return { gtids, lost: '' };
  const where = formatTarget(session.target);
  const state = await replication(session, facts);
  const past = tolerateTail && state !== 'active' ? await pastTail(session, facts, gtids, missing) : null;
  if (past !== null) return { gtids: past, lost: missing };
  if (state !== 'none') {
    throw new CdcError(
      'CDC_SOURCE_BEHIND',
      `${where} has not yet applied the transactions ${short(missing)}`,
    );
  }
  throw new CdcError(
    'CDC_SERVER_CHANGED',
    `${where} (${facts.serverUuid}) lacks transactions that the task has read: ${short(missing)}`,
    {
      hint:
        'It is another server, was restored from an older backup, or has lost data: point the task at a server ' +
        'that has them (update_task with mysql_config), or compare the data and resume with recovery_v2.',
    },
  );
}

/** What the server has deleted and we have not read, in text; '' for nothing. */
async function goneMariadb(session: Queries, facts: ServerFacts, ours: MariadbGtidSet): Promise<string> {
  const [oldest] = await readBinlogFiles(session);
  if (oldest === undefined) return '';
  const before = await gtidsBeforeFile(session, facts, oldest.file);
  if (!(before instanceof MariadbGtidSet)) return '';
  return before
    .toString()
    .split(',')
    .filter((gtid) => gtid !== '' && !ours.contains(gtid))
    .map((gtid) => `up to ${gtid}`)
    .join(', ');
}

async function checkPurged(session: Queries, facts: ServerFacts, ours: AnyGtidSet): Promise<void> {
  const gone =
    ours instanceof GtidSet
      ? GtidSet.parse(await readPurgedGtids(session, facts))
          .subtract(ours)
          .toString()
      : await goneMariadb(session, facts, ours);
  if (gone === '') return;
  const [oldest] = await readBinlogFiles(session);
  throw new CdcError(
    'CDC_BINLOG_PURGED',
    `${formatTarget(session.target)} has deleted the transactions ${short(gone)}, which the task has not read; ` +
      `its oldest binlog file is ${oldest?.file ?? 'none'}`,
  );
}

export interface Wanted {
  readonly gtids: AnyGtidSet;
  /**
   * The servers are one topology by the task's own word: where a source died before it had handed its last few
   * transactions on, its replica may be gone on with. They were read and stay read; the replica will never have them.
   */
  readonly tolerateTail: boolean;
}

export interface Resume {
  /** Where to go on. */
  readonly gtids: AnyGtidSet;
  /** The transactions that the server lacks and may be gone on without, in text; '' is the rule. */
  readonly lost: string;
}

/** CDC_SERVER_CHANGED, CDC_SOURCE_BEHIND (worth waiting for), CDC_BINLOG_PURGED. */
export async function checkResume(session: Queries, facts: ServerFacts, wanted: Wanted): Promise<Resume> {
  const resume = await checkExecuted(session, facts, wanted);
  await checkPurged(session, facts, resume.gtids);
  return resume;
}
