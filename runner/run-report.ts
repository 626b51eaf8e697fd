import type { Clock } from '../core/clock.ts';
import { type CdcError, toCdcError } from '../core/errors.ts';
import type { HistoryEntry, HistoryStore } from '../core/history.ts';
import type { RunCounts, RunStatus } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import type { TaskError } from '../core/task.ts';

export interface RunReportOptions {
  readonly taskId: string;
  readonly history: HistoryStore;
  readonly clock: Clock;
  readonly log: Log;
}

type Note = Omit<HistoryEntry, 'atMs'>;

/** Notes of one kind that may come by the thousand: the first at once, then one in so long with their number. */
const RARELY_MS = 10 * 60_000;

export function taskError(error: CdcError, atMs: number): TaskError {
  const { code, message, hint, event } = error;
  return { code, message, hint, atMs, ...(event === undefined ? {} : { event }) };
}

/** What a run tells of itself: its phase and error, its counters, and what goes into the task's history. */
export class RunReport {
  readonly #options: RunReportOptions;
  readonly #rarely = new Map<string, { lastMs: number; kept: number }>();
  phase: RunStatus['phase'] = 'starting';
  error: TaskError | null = null;
  readonly counts: { -readonly [name in keyof RunCounts]: number } = {
    statementWrites: 0,
    deadLetters: 0,
    skipped: 0,
    truncated: 0,
  };
  /** Until the server deletes the file that the next run would begin with; null: not in sight, or not known. */
  purgeInMs: number | null = null;

  constructor(options: RunReportOptions) {
    this.#options = options;
  }

  retrying(error: CdcError): void {
    this.phase = 'retrying';
    this.error = taskError(error, this.#options.clock.now());
  }

  /** The run ends with it, whether or not the next one may do better. */
  failed(error: CdcError): void {
    this.phase = 'failed';
    this.error = taskError(error, this.#options.clock.now());
  }

  async note(entry: Note): Promise<void> {
    const { history, taskId, clock, log } = this.#options;
    try {
      await history.append(taskId, { ...entry, atMs: clock.now() });
    } catch (error) {
      log.warn('history_failed', { message: toCdcError(error).message });
    }
  }

  /** Writes the first of its `kind` at once, and later ones at a bounded rate with the number of those left out. */
  noteRarely(kind: string, entry: Note, everyMs = RARELY_MS): void {
    const nowMs = this.#options.clock.now();
    const before = this.#rarely.get(kind);
    if (before !== undefined && nowMs - before.lastMs < everyMs) {
      before.kept += 1;
      return;
    }
    const kept = before?.kept ?? 0;
    this.#rarely.set(kind, { lastMs: nowMs, kept: 0 });
    const message =
      kept === 0 ? entry.message : `${entry.message} (and ${kept} more since the last such entry)`;
    void this.note({ ...entry, message });
  }
}
