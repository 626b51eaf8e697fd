/**
 * Frames of the MySQL protocol during a dump (manual: "MySQL Packets", "Binlog Network Stream"):
 *   u24  payload length; 0xffffff: the payload goes on in the next frame (the last may be empty)
 *   u8   sequence number, one more than the frame before, modulo 256
 *   payload: u8 status (0x00 event follows, 0xff error, 0xfe end), then the rest
 */
import { CdcError } from '../errors.ts';

const FRAME_HEADER = 4;
const FRAME_MAX = 0xff_ffff;
const STATUS_EVENT = 0x00;
/** Where a binlog event says its own size, behind the status byte. */
const EVENT_SIZE_OFFSET = 1 + 9;
/** No event can be larger: max_allowed_packet ends at 1 GiB. Only guards the allocation below. */
const EVENT_BYTES_MAX = 0x4000_0000 + FRAME_MAX;

const EMPTY = Buffer.alloc(0);

/**
 * Chunks of the socket in, events out. An event that lies in one chunk is a view of it; one that spans chunks or
 * frames is copied once. Views keep their whole chunk alive.
 */
export class PacketSplitter {
  #sequence: number;
  /** A frame header that a chunk's end cut, with `#headerFilled` bytes of it. */
  readonly #header = Buffer.alloc(FRAME_HEADER);
  #headerFilled = 0;
  /** The payload being joined, status byte included; null between payloads. */
  #target: Buffer | null = null;
  #filled = 0;
  /** Bytes of the current frame still to come. */
  #frameLeft = 0;
  #frameIsFull: boolean = false;
  #terminator: Buffer | null = null;

  readonly #inRuns: boolean;

  /**
   * `sequence`: number of the first frame; 1 after a command. `inRuns`: events of one chunk are moved together there, over
   * what stands between them, and come as runs (../event-runs.ts).
   */
  constructor({
    sequence = 1,
    inRuns = false,
  }: { readonly sequence?: number; readonly inRuns?: boolean } = {}) {
    this.#sequence = sequence;
    this.#inRuns = inRuns;
  }

  /** The payload of the ERR or EOF packet that ended the dump, status byte included. */
  get terminator(): Buffer | null {
    return this.#terminator;
  }

  /** Bytes held of a payload that is not complete. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /**
   * The events that this chunk completes, without their status byte. Chunks after the terminator are ignored. For runs the
   * chunk is given away.
   */
  push(chunk: Buffer): Buffer[] {
    const events: Buffer[] = [];
    const end = chunk.length;
    let at = 0;
    // the run at hand
    let first = 0;
    let last = 0;
    while (at < end && this.#terminator === null) {
      if (this.#frameLeft > 0) {
        at = this.#fill(chunk, at, events);
        continue;
      }
      let length: number;
      let sequence: number;
      if (this.#headerFilled === 0 && end - at >= FRAME_HEADER) {
        length = (chunk[at] ?? 0) | ((chunk[at + 1] ?? 0) << 8) | ((chunk[at + 2] ?? 0) << 16);
        sequence = chunk[at + 3] ?? 0;
        at += FRAME_HEADER;
      } else {
        const copied = chunk.copy(this.#header, this.#headerFilled, at);
        this.#headerFilled += copied;
        at += copied;
        if (this.#headerFilled < FRAME_HEADER) break;
        this.#headerFilled = 0;
        length = this.#header.readUIntLE(0, 3);
        sequence = this.#header[3] ?? 0;
      }
      if (sequence !== this.#sequence) this.#outOfOrder(sequence);
      this.#sequence = (sequence + 1) & 0xff;
      const frameEnd = at + length;
      if (this.#target === null && length > 0 && length < FRAME_MAX && frameEnd <= end) {
        if (chunk[at] === STATUS_EVENT) {
          if (!this.#inRuns) events.push(chunk.subarray(at + 1, frameEnd));
          else {
            checkSize(chunk, at + 1, frameEnd);
            if (last === first) {
              first = at + 1;
              last = first;
            } else chunk.copyWithin(last, at + 1, frameEnd);
            last += length - 1;
          }
        } else this.#terminator = chunk.subarray(at, frameEnd);
        at = frameEnd;
      } else {
        if (last > first) events.push(chunk.subarray(first, last));
        last = first;
        this.#beginFrame(length, chunk.subarray(at), events);
      }
    }
    if (last > first) events.push(chunk.subarray(first, last));
    return events;
  }

  #outOfOrder(sequence: number): never {
    throw new CdcError(
      'CDC_SOURCE_DISCONNECTED',
      `the server's packets are out of order: number ${sequence} came, ${this.#sequence} was due`,
    );
  }

  #beginFrame(length: number, ahead: Buffer, events: Buffer[]): void {
    this.#frameIsFull = length === FRAME_MAX;
    this.#frameLeft = length;
    if (this.#target === null) {
      this.#target = length === 0 ? EMPTY : Buffer.allocUnsafe(this.#payloadSize(length, ahead));
      this.#filled = 0;
    } else if (this.#filled + length > this.#target.length) {
      this.#grow(this.#filled + length);
    }
    if (length === 0) this.#endFrame(events);
  }

  /** A payload of several frames: the event's own size says how much is to come, so that it is copied only once. */
  #payloadSize(length: number, ahead: Buffer): number {
    if (!this.#frameIsFull || ahead.length < EVENT_SIZE_OFFSET + 4 || ahead[0] !== STATUS_EVENT)
      return length;
    const size = 1 + ahead.readUInt32LE(EVENT_SIZE_OFFSET);
    return size > length && size <= EVENT_BYTES_MAX ? size : length;
  }

  #grow(bytes: number): void {
    if (bytes > EVENT_BYTES_MAX) {
      throw new CdcError(
        'CDC_SOURCE_ERROR',
        `the server sent a packet of more than ${EVENT_BYTES_MAX} bytes`,
      );
    }
    const target = this.#target ?? EMPTY;
    const larger = Buffer.allocUnsafe(Math.max(bytes, Math.min(target.length * 2, EVENT_BYTES_MAX)));
    target.copy(larger, 0, 0, this.#filled);
    this.#target = larger;
  }

  #fill(chunk: Buffer, at: number, events: Buffer[]): number {
    const taken = Math.min(this.#frameLeft, chunk.length - at);
    if (this.#target !== null) chunk.copy(this.#target, this.#filled, at, at + taken);
    this.#filled += taken;
    this.#frameLeft -= taken;
    if (this.#frameLeft === 0) this.#endFrame(events);
    return at + taken;
  }

  #endFrame(events: Buffer[]): void {
    if (this.#frameIsFull) return;
    const payload = (this.#target ?? EMPTY).subarray(0, this.#filled);
    this.#target = null;
    this.#filled = 0;
    if (payload[0] === STATUS_EVENT) {
      if (this.#inRuns) checkSize(payload, 1, payload.length);
      events.push(payload.subarray(1));
    } else this.#terminator = payload;
  }
}

/** An event is as long as its packet says: by its own size runs are cut. */
function checkSize(bytes: Buffer, from: number, to: number): void {
  const size = to - from < EVENT_SIZE_OFFSET + 3 ? 0 : bytes.readUInt32LE(from + EVENT_SIZE_OFFSET - 1);
  if (size === to - from) return;
  throw new CdcError(
    'CDC_BINLOG_CORRUPT',
    `the server sent an event that says it has ${size} bytes in a packet of ${to - from}`,
  );
}
