import { type BinlogPosition, comparePositions } from '../../core/position.ts';
import type { ResumePoint } from './resume-point.ts';

/** When a bounded stream is done. */
export interface Until {
  /** Asked at each commit boundary with the point read so far. */
  reached(at: ResumePoint): boolean;
  /** That is so from here on, and not before; null where it takes more than a place. */
  readonly place: BinlogPosition | null;
}

/** Up to a place in the log. */
export function untilPlace(place: BinlogPosition): Until {
  return { place, reached: (at) => comparePositions(at, place) >= 0 };
}
