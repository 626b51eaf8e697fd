import type { CheckpointStore, SchemaStore } from '../core/checkpoint.ts';
import type { Clock } from '../core/clock.ts';
import type { HistoryStore } from '../core/history.ts';
import type { Launcher } from '../core/launcher.ts';
import type { LeaseStore } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import type { SecretStore } from '../core/secret-store.ts';
import type { TaskStore } from '../core/task.ts';
import type { HostPolicy } from './source-check/host-policy.ts';
import type { SinkProbe, SourceProbe } from './source-check/probes.ts';

export interface Stores {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
  readonly secrets: SecretStore;
}

/** Time and chance. */
export interface Surroundings {
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  /** Resolves after `ms`, and never once the signal has aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** What the reconciler works with. */
export interface ReconcilerDeps extends Surroundings {
  readonly stores: Stores;
  readonly launcher: Launcher;
}

/** What the use cases of the API work with. */
export interface ServiceDeps extends Surroundings {
  readonly stores: Stores;
  readonly source: SourceProbe;
  readonly sink: SinkProbe;
  readonly hosts: HostPolicy;
  /** Says that this task's wanted state has changed; the reconciler looks at it now and not at its next turn. */
  readonly nudge: (taskId: string) => Promise<void>;
}
