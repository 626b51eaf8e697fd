import type { AnyGtidSet } from '../../core/gtid-set.ts';

/** Where a stream begins or goes on: by GTID set where there is one, else by file and position. */
export interface ResumePoint {
  readonly file: string;
  readonly position: number;
  /** Executed up to here; null where it is not known or the server has no GTIDs. */
  readonly gtids: AnyGtidSet | null;
  /** The server that file and position belong to; null: whichever answers. */
  readonly serverUuid: string | null;
  /**
   * When the file was begun, unix seconds: a server whose binlog was reset has another file of the same name. Absent or
   * null where it is not known.
   */
  readonly fileBeganS?: number | null;
}
