import type { AnyGtidSet } from '../../core/gtid-set.ts';
import type { CommitBoundary } from '../ack-window.ts';

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

export function cloned(point: ResumePoint): ResumePoint {
  return { ...point, gtids: point.gtids?.clone() ?? null };
}

/** The set is moved on in place: each of the two points of a stream owns its own. */
export function advanced(point: ResumePoint, boundary: CommitBoundary): ResumePoint {
  for (const gtid of boundary.gtids) point.gtids?.add(gtid);
  const { file, position, fileBeganS = null } = boundary;
  return { ...point, file, position, fileBeganS };
}
