/** One thing that happened to a task, for GET /v1/task/:task_id/history. `details` holds no secret. */
export interface HistoryEntry {
  readonly atMs: number;
  readonly kind:
    | 'created'
    | 'state_changed'
    | 'launched'
    | 'run_ended'
    | 'run_replaced'
    | 'stop_requested'
    | 'resume_requested'
    | 'position_jumped'
    | 'filter_changed'
    | 'filter_applied'
    | 'server_changed'
    | 'event_skipped'
    | 'source_changed'
    | 'delete_requested'
    | 'error'
    | 'warning';
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  readonly cursor?: string;
}

/** Entries older than this (90 days) may be forgotten. */
export const HISTORY_KEPT_MS = 90 * 86_400_000;

/** Port: the history of each task; appends only, newest first when read. */
export interface HistoryStore {
  append(taskId: string, entry: HistoryEntry): Promise<void>;
  /** CDC_INVALID_REQUEST for a cursor that it did not give. */
  page(taskId: string, options: { limit: number; cursor?: string }): Promise<HistoryPage>;
  delete(taskId: string): Promise<void>;
}
