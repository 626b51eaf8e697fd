import type { BinlogPosition } from './position.ts';

/** Which server a position belongs to. MariaDB has no server uuid: `mariadb:<server_id>` stands there. */
export interface SourceIdentity {
  readonly serverUuid: string;
  readonly flavor: 'mysql' | 'mariadb';
}

/**
 * A resume point: everything before it is acknowledged by the sink, at a commit boundary, with no prepared
 * XA transaction left open before it.
 */
export interface Checkpoint extends BinlogPosition {
  /** Executed GTID set up to here (MySQL's or MariaDB's text form); empty where the server has no GTIDs. */
  readonly gtidSet: string;
  readonly source: SourceIdentity;
  /** Which of the task's starts it follows from; see StartPoint.epoch. */
  readonly startEpoch: number;
  /** Rows delivered since the task was created. */
  readonly rows: number;
  /** Source timestamp (ms since 1970) of the last transaction before it; null before the first. */
  readonly sourceTimeMs: number | null;
  readonly savedAtMs: number;
  /** When the file was begun, unix seconds: tells it from another one of that name. Absent where it is not known. */
  readonly fileBeganS?: number | null;
  /** Which stored schema history belongs to this point (see SchemaStore); null where none is kept. */
  readonly schemaVersion: number | null;
}

/**
 * Port: the durable checkpoint of each task. Every write carries the fencing token of the writer's lease; a
 * write with a token below the highest one ever claimed or written with fails with CDC_LEASE_LOST and changes
 * nothing.
 */
export interface CheckpointStore {
  /** Marks `token` as the newest writer of this task and returns the checkpoint as it stands then. */
  claim(taskId: string, token: number): Promise<Checkpoint | null>;
  save(taskId: string, token: number, checkpoint: Checkpoint): Promise<void>;
  load(taskId: string): Promise<Checkpoint | null>;
  /** All checkpoints of the given tasks in one go, absent ones left out. */
  loadMany(taskIds: readonly string[]): Promise<Map<string, Checkpoint>>;
  /**
   * Forgets it, and shuts out every token that a lease of this task has had so far, also one that never came
   * to claim: a late runner must not bring it back, also not under a task made anew. No error where there is none.
   */
  delete(taskId: string): Promise<void>;
}

/**
 * Port: the schema history that a checkpoint refers to, as bytes of any size. Written before the checkpoint
 * that names its version; versions below the last checkpoint's may be forgotten. A token that may not save the
 * checkpoint may not put a schema either: CDC_LEASE_LOST.
 */
export interface SchemaStore {
  put(taskId: string, token: number, version: number, state: Uint8Array): Promise<void>;
  /** null where that version is not there. */
  get(taskId: string, version: number): Promise<Uint8Array | null>;
  /** Forgets the versions below `version`; all of them without it. */
  prune(taskId: string, version?: number): Promise<void>;
}
