import { CdcError } from '../../core/errors.ts';
import { eachEvent } from '../../core/event-runs.ts';
import { EVENT, FLAG } from './event-types.ts';
import { HEADER_LENGTH } from './header.ts';

/** Where these stand in an event's header. */
const TYPE_OFFSET = 4;
const SIZE_OFFSET = 9;
const SIZE_END = 13;
const FLAGS_OFFSET = 17;
const MAGIC = 0xfe_62_69_6e;
const ENCRYPTED_MAGIC = 0xfd_62_69_6e;
const MAGIC_LENGTH = 4;
/** No server reads or writes a larger event: max_allowed_packet ends at 1 GiB. */
const EVENT_BYTES_MAX = 2 ** 30 + 2 ** 16;

export interface SplitterOptions {
  /** The input begins with a binlog file's four bytes of magic; else with an event. Default true. */
  readonly magic?: boolean;
}

/** Of an event whose size is not known yet. */
const HEAD_BYTES = 64;
const AT_ONCE_BYTES = 4 * 1024 * 1024;

/**
 * Cuts a binlog file, or the inside of a compressed transaction, into events. An event that lies inside one chunk
 * is a view of it, good for as long as the chunk is; one that spans chunks is put together in memory of its own, with
 * one copy. So a chunk's memory can be used again when its events are done with.
 */
export class EventSplitter {
  /** The event (or the magic) that the last chunk ended in, `#filled` bytes of it. */
  #pending: Buffer = Buffer.alloc(0);
  #filled = 0;
  /** Bytes of that event; 0 until its size is known. */
  #wanted: number;
  #inMagic: boolean;
  /** Bytes of the input before the event that comes next. */
  #offset = 0;

  constructor(options: SplitterOptions = {}) {
    this.#inMagic = options.magic ?? true;
    this.#wanted = this.#inMagic ? MAGIC_LENGTH : 0;
  }

  /** The whole events that end in this chunk, one by one. CDC_BINLOG_CORRUPT, CDC_EVENT_ENCRYPTED. */
  push(chunk: Buffer): Buffer[] {
    return [...eachEvent(this.runs(chunk))];
  }

  /** The same in runs: the event that began in earlier chunks, and those that lie in this one. */
  runs(chunk: Buffer): Buffer[] {
    const runs: Buffer[] = [];
    let at = 0;
    if (this.#inMagic || this.#filled > 0) {
      at = this.#fill(chunk, runs);
      if (at < 0) return runs;
    }
    const first = at;
    while (chunk.length - at >= SIZE_END) {
      const size = this.#checked(chunk.readUInt32LE(at + SIZE_OFFSET));
      if (chunk.length - at < size) break;
      checkKind(chunk, at);
      at += size;
      this.#offset += size;
    }
    if (at > first) runs.push(chunk.subarray(first, at));
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
    return runs;
  }

  /** At the end of the input: bytes of an event without its end. An error unless they are tolerated. */
  finish(options: { readonly tolerate?: boolean } = {}): number {
    const missing = this.#inMagic || this.#filled > 0;
    if (missing && options.tolerate !== true) {
      const wanted = this.#wanted === 0 ? HEADER_LENGTH : this.#wanted;
      throw new CdcError(
        'CDC_BINLOG_CORRUPT',
        `the binlog ends inside ${this.#inMagic ? 'its magic number' : `the event at ${this.#offset}`}: wanted ${wanted} bytes, had ${this.#filled}`,
      );
    }
    return this.#filled;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    // the size is known as soon as its bytes are there: the whole event then has its place
    const head = this.#filled === 0 && to - from >= SIZE_END && this.#wanted === 0;
    if (head) this.#wanted = this.#checked(chunk.readUInt32LE(from + SIZE_OFFSET));
    this.#reserve(this.#filled + to - from);
    chunk.copy(this.#pending, this.#filled, from, to);
    this.#filled += to - from;
  }

  /** The whole event at once where it is not large: a damaged size must not take a gigabyte. */
  #reserve(bytes: number): void {
    const { length } = this.#pending;
    if (length >= bytes) return;
    const whole =
      this.#wanted === 0 ? HEAD_BYTES : Math.min(this.#wanted, Math.max(2 * length, AT_ONCE_BYTES));
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, whole));
    this.#pending.copy(larger, 0, 0, this.#filled);
    this.#pending = larger;
  }

  /** Goes on with what the last chunk ended in; where in this chunk it stops, or -1 when all was needed. */
  #fill(chunk: Buffer, runs: Buffer[]): number {
    let at = 0;
    for (;;) {
      const goal = this.#wanted === 0 ? SIZE_END : this.#wanted;
      const to = Math.min(chunk.length, at + goal - this.#filled);
      if (to > at) this.#keep(chunk, at, to);
      at = to;
      if (this.#filled < goal) return -1;
      if (this.#wanted > 0) break;
      this.#wanted = this.#checked(this.#pending.readUInt32LE(SIZE_OFFSET));
    }
    const bytes = this.#pending.subarray(0, this.#wanted);
    this.#offset += bytes.length;
    this.#pending = Buffer.alloc(0);
    this.#filled = 0;
    this.#wanted = 0;
    if (this.#inMagic) this.#checkMagic(bytes);
    else {
      checkKind(bytes, 0);
      runs.push(bytes);
    }
    this.#inMagic = false;
    return at;
  }

  #checkMagic(bytes: Buffer): void {
    const magic = bytes.readUInt32BE(0);
    if (magic === ENCRYPTED_MAGIC) throw new CdcError('CDC_EVENT_ENCRYPTED', 'the binlog file is encrypted');
    if (magic !== MAGIC) {
      throw new CdcError(
        'CDC_BINLOG_CORRUPT',
        `the file begins with ${bytes.toString('hex')}, not with a binlog's fe62696e`,
      );
    }
  }

  #checked(size: number): number {
    if (size >= HEADER_LENGTH && size <= EVENT_BYTES_MAX) return size;
    throw new CdcError('CDC_BINLOG_CORRUPT', `the event at ${this.#offset} claims a size of ${size} bytes`);
  }
}

/** MariaDB's encrypted files begin in clear, up to an event that says so: what follows can't be cut into events. */
function checkKind(bytes: Buffer, at: number): void {
  if (
    bytes[at + TYPE_OFFSET] === EVENT.MARIADB_START_ENCRYPTION &&
    (bytes.readUInt16LE(at + FLAGS_OFFSET) & FLAG.IGNORABLE) === 0
  ) {
    throw new CdcError('CDC_EVENT_ENCRYPTED', 'the binlog file is encrypted');
  }
}
