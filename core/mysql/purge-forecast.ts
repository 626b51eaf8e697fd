/**
 * When will the server delete the file that a stream would go on in? By its own rule: it deletes a file as soon as the
 * last write to it is older than binlog_expire_logs_seconds, and the last write of a file is when the next one began.
 */
import { beginOfFile, type FileReader } from './binlog-files.ts';
import type { Queries } from './facts.ts';
import { readBinlogFiles } from './status.ts';

export interface PurgeForecast {
  /** Milliseconds from now; below 0: as soon as the server rotates its log or flushes it. */
  readonly inMs: number;
  /** What the server keeps, in ms. */
  readonly retentionMs: number;
}

/** null where it is not in sight: the file is the newest, the server deletes none, or it does not list the file. */
export async function forecastPurge(
  reader: FileReader & { readonly session: Queries },
  file: string,
): Promise<PurgeForecast | null> {
  const { session, facts } = reader;
  if (facts.binlogExpireSeconds === 0) return null;
  const files = await readBinlogFiles(session);
  const index = files.findIndex((entry) => entry.file === file);
  const next = files[index + 1];
  if (index < 0 || next === undefined) return null;
  const lastWriteS = await beginOfFile(reader, next.file);
  const [row] = await session.query('SELECT UNIX_TIMESTAMP() AS now');
  const leftS = lastWriteS + facts.binlogExpireSeconds - Number(row?.now ?? 0);
  return { inMs: leftS * 1000, retentionMs: facts.binlogExpireSeconds * 1000 };
}
