/** A started runner as its launcher knows it: a process id with start time, or an ECS task ARN. */
export type RunHandle = string;

export interface LaunchRequest {
  readonly taskId: string;
  readonly generation: number;
  readonly attempt: number;
  /** The idempotence key of the launch: two calls with the same one start one runner. It owns the lease under it. */
  readonly runId: string;
}

/**
 * The run of this attempt. Made of what is stored, so that a launch whose answer got lost is repeated under the
 * same id; the time of creation keeps a task re-created under an old id from meeting the old one's runs.
 */
export function runIdOf(task: {
  readonly taskId: string;
  readonly createdAtMs: number;
  readonly generation: number;
  readonly attempt: number;
}): string {
  return `${task.taskId}/${task.createdAtMs.toString(36)}/${task.generation}/${task.attempt}`;
}

export type RunObservation =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /**
   * It has ended. `exitCode` null where the platform does not tell; `reason` is shown to people. `started` false:
   * its process never ran (no image, no network, no capacity).
   */
  | {
      readonly kind: 'ended';
      readonly exitCode: number | null;
      readonly reason: string;
      readonly started?: boolean;
    }
  /** The platform does not know this handle (any more, or not yet: what it has just started may show late). */
  | { readonly kind: 'unknown' };

export interface LaunchedRun {
  readonly handle: RunHandle;
  /** What it was started from; null where that is not known. */
  readonly revision: string | null;
}

/** What a platform tells of a run that nobody has on record. */
export interface StrayRun {
  readonly handle: RunHandle;
  readonly taskId: string;
  readonly generation: number;
  readonly runId: string;
  /** null where the platform does not tell. */
  readonly startedAtMs: number | null;
}

/** Which of the runs to list: those of tasks whose part (see partOf) is among these; absent: all. */
export type Parts = readonly number[];

/**
 * Port: starts and stops runner processes. It decides nothing; the reconciler does. Answers can get lost:
 * every call may be repeated.
 */
export interface Launcher {
  /** What a launch starts now; a run of another revision is out of date. null where runs do not differ. */
  readonly revision: string | null;
  /**
   * Starts a runner. CDC_LAUNCH_FAILED (retryable) when the platform refuses, CDC_LAUNCH_LIMITED (retryable) when it
   * only asks to be asked later; CDC_LAUNCH_UNKNOWN (retryable) when it did not answer: the caller then asks again
   * under the same run id.
   */
  launch(request: LaunchRequest): Promise<LaunchedRun>;
  /** What became of these runs, in one call per batch of the platform; a run that could not be asked about is left out. */
  describe(handles: readonly RunHandle[]): Promise<Map<RunHandle, RunObservation>>;
  /** Asks for a drain (SIGTERM, later SIGKILL); returns when asked, not when ended. Unknown handles are no error. */
  stop(handle: RunHandle, reason: string): Promise<void>;
  /** Runs of this installation that the platform still has, without those that are known. */
  strayRuns(known: ReadonlySet<RunHandle>, parts?: Parts): Promise<readonly StrayRun[]>;
  /** For homes that end with their processes: drains all. */
  close(): Promise<void>;
}
