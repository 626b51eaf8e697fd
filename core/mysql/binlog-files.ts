/** Questions to one binlog file, asked by short dumps. */

import { randomInt } from 'node:crypto';
import { CdcError } from '../errors.ts';
import { eachEvent } from '../event-runs.ts';
import { type AnyGtidSet, parseGtidSet } from '../gtid-set.ts';
import { FIRST_POSITION } from './commands.ts';
import { type BinlogDump, openDump } from './dump.ts';
import type { DumpStart } from './dump-start.ts';
import { readEventHead } from './event-head.ts';
import type { Queries, ServerFacts } from './facts.ts';
import { BinlogScan, type ScanGoal, type ScannedPlace } from './scan.ts';
import type { MysqlTarget } from './target.ts';

export interface FileReader {
  readonly target: MysqlTarget;
  readonly facts: ServerFacts;
  readonly signal?: AbortSignal;
}

const HEARTBEAT_MS = 5_000;

export const hasGtids = (facts: ServerFacts): boolean =>
  facts.flavor === 'mariadb' || facts.gtidMode === 'ON';

/** A dump to the end of the binlog, under a server id of its own: with a task's, the server would end the task's. */
export function shortDump(reader: FileReader, from: DumpStart): Promise<BinlogDump> {
  return openDump({
    target: reader.target,
    flavor: reader.facts.flavor,
    serverId: randomInt(2 ** 31, 2 ** 32 - 1),
    from,
    heartbeatMs: HEARTBEAT_MS,
    stopAtEnd: true,
    ...(reader.signal === undefined ? {} : { signal: reader.signal }),
  });
}

const dumpFile = (reader: FileReader, file: string): Promise<BinlogDump> =>
  shortDump(reader, { kind: 'position', file, position: FIRST_POSITION });

function throwIfAborted(reader: FileReader, file: string): void {
  if (!reader.signal?.aborted) return;
  throw new CdcError('CDC_SOURCE_DISCONNECTED', `reading ${file} was broken off: it took too long`);
}

/** When the file was begun, unix seconds: the time of its format description. */
export async function beginOfFile(reader: FileReader, file: string): Promise<number> {
  const dump = await dumpFile(reader, file);
  try {
    for await (const events of dump) {
      for (const event of eachEvent(events)) {
        const head = readEventHead(event);
        if (head.kind !== 'made') return head.timestamp;
      }
    }
  } finally {
    dump.close();
  }
  throwIfAborted(reader, file);
  throw new CdcError('CDC_BINLOG_CORRUPT', `${file} has no events`);
}

/**
 * The GTIDs executed before a file, as its head says. MySQL lists them in PREVIOUS_GTIDS, MariaDB in GTID_LIST
 * (`[0-1-5]`). null where the server has no GTIDs.
 */
export async function gtidsBeforeFile(
  session: Queries,
  facts: ServerFacts,
  file: string,
): Promise<AnyGtidSet | null> {
  if (!hasGtids(facts)) return null;
  const rows = await session.query('SHOW BINLOG EVENTS IN ? LIMIT 4', [file]);
  const head = rows.find((row) => /^(Previous_gtids|Gtid_list)$/i.test(row.Event_type ?? ''));
  const text = (head?.Info ?? '').replace(/[[\]\s]/g, '');
  return parseGtidSet(facts.flavor, text);
}

/** Reads from a file's first event until the goal is reached, or to the end of the binlog. */
export async function scanFrom(
  reader: FileReader,
  file: string,
  goal: ScanGoal,
  gtids: AnyGtidSet | null,
): Promise<ScannedPlace> {
  const checksumBytes = reader.facts.checksum === 'CRC32' ? 4 : 0;
  const scan = new BinlogScan({ goal, gtids, checksumBytes });
  const dump = await dumpFile(reader, file);
  try {
    for await (const events of dump) {
      for (const event of eachEvent(events)) {
        const found = scan.push(event);
        if (found !== null) return found;
      }
    }
  } finally {
    dump.close();
  }
  throwIfAborted(reader, file);
  return scan.finish();
}
