/**
 * XA_PREPARE_LOG_EVENT (MySQL sql/log_event.h, MariaDB the same): the rows before it are prepared.
 *
 *   1  one phase: they are committed at once
 *   4  format id, signed
 *   4  length of the global id, at most 64
 *   4  length of the branch qualifier, at most 64
 *   n  global id, branch qualifier
 */
import type { XaPrepareEvent } from '../event.ts';
import type { ByteReader } from '../reader.ts';

const PART_LENGTH_MAX = 64;

function partLength(reader: ByteReader, what: string): number {
  const length = reader.u32(what);
  if (length > PART_LENGTH_MAX) throw reader.fail(`${what} ${length} is above ${PART_LENGTH_MAX}`);
  return length;
}

export function parseXaPrepare(reader: ByteReader): XaPrepareEvent {
  const onePhase = reader.u8('one phase') !== 0;
  const formatId = reader.u32('format id') | 0;
  const globalLength = partLength(reader, 'length of the global id');
  const branchLength = partLength(reader, 'length of the branch qualifier');
  const globalId = reader.view(globalLength, 'global id').toString('hex');
  const branch = reader.view(branchLength, 'branch qualifier').toString('hex');
  const xid = `X'${globalId}',X'${branch}',${formatId}`;
  return { kind: 'xa_prepare', header: reader.header, onePhase, xid };
}
