import type { PurgeForecast } from '../core/mysql/purge-forecast.ts';
import type { BinlogPosition } from '../core/position.ts';
import type { RunReport } from './run-report.ts';

export interface PurgeWatchOptions {
  readonly report: RunReport;
  /** Where the next run would begin; null before the first checkpoint. */
  readonly checkpoint: () => BinlogPosition | null;
  readonly forecast: (file: string) => Promise<PurgeForecast | null>;
}

const HOUR_MS = 3_600_000;
/** Told in the history once in this long. */
const TOLD_EVERY_MS = HOUR_MS;

/** With less than half of the server's retention left, and less than a day, a person should know. */
export function isClose({ inMs, retentionMs }: PurgeForecast): boolean {
  return inMs < Math.min(retentionMs / 2, 24 * HOUR_MS);
}

/** Looks ahead, called on a timer: how long until the checkpoint's file is deleted. Rejects where it can't ask. */
export async function watchPurge({ report, checkpoint, forecast }: PurgeWatchOptions): Promise<void> {
  const at = checkpoint();
  const found = at === null ? null : await forecast(at.file);
  report.purgeInMs = found?.inMs ?? null;
  if (at === null || found === null || !isClose(found)) return;
  const hours = Math.max(0, found.inMs / HOUR_MS).toFixed(1);
  const kept = (found.retentionMs / HOUR_MS).toFixed(1);
  const message =
    `the source deletes ${at.file}, where the checkpoint stands, in about ${hours} hours (it keeps ${kept}): then the ` +
    'task can not go on. Let the sink take more, or raise binlog_expire_logs_seconds';
  const details = { file: at.file, hours: Number(hours) };
  report.noteRarely('purge', { kind: 'warning', message, details }, TOLD_EVERY_MS);
}
