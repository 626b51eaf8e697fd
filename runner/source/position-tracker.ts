import { CdcError } from '../../core/errors.ts';
import type { BinlogPosition } from '../../core/position.ts';
import type { EventHeader } from '../binlog/event.ts';

const FOUR_GIB = 2 ** 32;

/**
 * Where the stream stands: the end of the last event. An event header holds only 32 bits of its end
 * position, so the upper bits are carried on from the event before: inside a file positions only grow.
 */
export class PositionTracker {
  file: string;
  position: number;
  /** When the file was begun, unix seconds; null until its format description tells. */
  fileBeganS: number | null = null;

  constructor(start: BinlogPosition) {
    this.file = start.file;
    this.position = start.position;
  }

  get current(): BinlogPosition {
    return { file: this.file, position: this.position };
  }

  /** A rotate event: the next event is at `position` of `file`. */
  rotate(file: string, position: number): void {
    if (file !== this.file) this.fileBeganS = null;
    this.file = file;
    this.position = position;
  }

  /** A format description was read, which has the time of its file also where a dump begins behind it. */
  describe({ timestamp }: EventHeader): void {
    if (timestamp === 0) return;
    const known = this.fileBeganS;
    if (known !== null && known !== timestamp) {
      const times = [known, timestamp].map((seconds) => new Date(seconds * 1000).toISOString());
      throw new CdcError(
        'CDC_SERVER_CHANGED',
        `${this.file} was begun at ${times[0]} when it was read, and is now another file, begun at ${times[1]}: ` +
          'the binlog was reset, or another server has the same identity',
      );
    }
    this.fileBeganS = timestamp;
  }

  /** An event was read. Those that the server makes up for the dump have no end position and move nothing. */
  advance(header: EventHeader): void {
    this.position = this.endOf(header.logPos);
  }

  /** All 64 bits of the end of the event that comes next. */
  endOf(logPos: number): number {
    if (logPos === 0) return this.position;
    const low = this.position % FOUR_GIB;
    const high = this.position - low;
    return high + (logPos >= low ? 0 : FOUR_GIB) + logPos;
  }
}
