/** Where a dump begins: what servers do not check themselves, or check with an error that does not say enough. */
import { CdcError } from '../errors.ts';
import { MariadbGtidSet } from '../gtid-set.ts';
import { type BinlogPosition, fileSequence, formatPosition } from '../position.ts';
import { DUMP_POSITION_MAX, FIRST_POSITION } from './commands.ts';
import type { Queries } from './facts.ts';
import { type BinlogFile, readBinlogFiles } from './status.ts';

export type DumpStart =
  | ({ readonly kind: 'position' } & BinlogPosition)
  /** Everything that is not in the set (MySQL), or that came after it (MariaDB); in the server's text form. */
  | { readonly kind: 'gtid'; readonly gtidSet: string };

/** CDC_BINLOG_PURGED or CDC_POSITION_INVALID where `files` (oldest first) do not hold the position. */
export function checkPosition(wanted: BinlogPosition, files: readonly BinlogFile[]): void {
  const where = formatPosition(wanted);
  const found = files.find((entry) => entry.file === wanted.file);
  const [oldest] = files;
  if (found === undefined) {
    const number = fileSequence(wanted.file);
    const first = oldest === undefined ? null : fileSequence(oldest.file);
    if (oldest !== undefined && number !== null && first !== null && number < first) {
      throw new CdcError(
        'CDC_BINLOG_PURGED',
        `${where} is deleted: the oldest binlog file is ${oldest.file}`,
      );
    }
    throw new CdcError('CDC_POSITION_INVALID', `the server has no binlog file ${wanted.file}`);
  }
  if (wanted.position > found.sizeBytes) {
    throw new CdcError(
      'CDC_POSITION_INVALID',
      `${where} lies behind the end of its file (${found.sizeBytes} bytes)`,
    );
  }
}

/** COM_BINLOG_DUMP has 32 bits for a position. */
export function checkPositionRange(wanted: BinlogPosition): void {
  if (wanted.position < FIRST_POSITION) {
    throw new CdcError(
      'CDC_POSITION_INVALID',
      `${formatPosition(wanted)} lies before the first event of a file, at 4`,
    );
  }
  if (wanted.position <= DUMP_POSITION_MAX) return;
  throw new CdcError(
    'CDC_POSITION_INVALID',
    `${formatPosition(wanted)} lies behind the first 4 GiB of its file, and servers can't be asked for that`,
    { hint: 'Start by GTID set (gtid_mode = ON), or at the beginning of the next file.' },
  );
}

/**
 * A MariaDB that never saw a domain waits for the GTID and skips all that comes before it: after RESET MASTER, or
 * on another server, that would lose rows in silence.
 */
async function checkMariadbDomains(session: Queries, gtidSet: string): Promise<void> {
  const wanted = MariadbGtidSet.parse(gtidSet);
  const [row] = await session.query(
    'SELECT @@GLOBAL.gtid_binlog_state AS state, @@GLOBAL.gtid_slave_pos AS slave',
  );
  const known = new Set(
    `${row?.state ?? ''},${row?.slave ?? ''}`.split(',').map((gtid) => gtid.trim().split('-')[0] ?? ''),
  );
  const missing = wanted
    .toString()
    .split(',')
    .filter((gtid) => gtid !== '' && !known.has(gtid.split('-')[0] ?? ''));
  if (missing.length === 0) return;
  throw new CdcError(
    'CDC_POSITION_INVALID',
    `the server has nothing of the domain of ${missing.join(', ')}`,
    {
      hint: 'It is another server, or its binlog was reset: compare the data, then resume with recovery_v2.',
    },
  );
}

/**
 * Asks the server about the start before a dump. A user who may not list the files gets the server's own error
 * later, with the dump.
 */
export async function checkDumpStart(
  session: Queries,
  flavor: 'mysql' | 'mariadb',
  from: DumpStart,
): Promise<void> {
  if (from.kind === 'gtid') {
    if (flavor === 'mariadb') await checkMariadbDomains(session, from.gtidSet);
    return;
  }
  try {
    checkPosition(from, await readBinlogFiles(session));
  } catch (error) {
    if (!(error instanceof CdcError && error.code === 'CDC_SOURCE_GRANTS_MISSING')) throw error;
  }
}
