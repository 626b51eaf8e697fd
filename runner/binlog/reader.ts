/**
 * Bounds-checked reading of cold events: every read names what it wanted, so that a damaged event says where
 * and why. All integers of the binlog are little-endian. Rows events, the hot ones, do their few checks by hand.
 */
import { CdcError } from '../../core/errors.ts';
import type { EventHeader } from './event.ts';
import { eventName } from './event-types.ts';

/** `WRITE_ROWS event at 1234`, for messages; the position is where the event begins, modulo 2^32. */
export function describeEvent(header: EventHeader): string {
  const name = `${eventName(header.typeCode)} event`;
  return header.logPos >= header.eventSize && header.logPos > 0
    ? `${name} at ${header.logPos - header.eventSize}`
    : name;
}

export function corrupt(header: EventHeader, problem: string, cause?: unknown): CdcError {
  return new CdcError(
    'CDC_BINLOG_CORRUPT',
    `${describeEvent(header)}: ${problem}`,
    cause === undefined ? {} : { cause },
  );
}

export class ByteReader {
  readonly bytes: Buffer;
  readonly header: EventHeader;
  /** Offset of the next byte in `bytes`, header included. */
  offset: number;
  /** Where the readable part ends: before the checksum. */
  readonly end: number;

  constructor(bytes: Buffer, offset: number, end: number, header: EventHeader) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.header = header;
    if (offset > end) throw corrupt(header, `wanted ${offset} bytes, had ${end}`);
  }

  get left(): number {
    return this.end - this.offset;
  }

  /** Moves past `length` bytes and returns where they begin. */
  take(length: number, what: string): number {
    const start = this.offset;
    // a length that a damaged event made negative fails here too
    if (!(length >= 0 && length <= this.end - start)) {
      throw corrupt(
        this.header,
        `${what} at byte ${start}: wanted ${length} bytes, had ${this.end - start} left`,
      );
    }
    this.offset = start + length;
    return start;
  }

  u8(what: string): number {
    return this.bytes.readUInt8(this.take(1, what));
  }

  u16(what: string): number {
    return this.bytes.readUInt16LE(this.take(2, what));
  }

  u24(what: string): number {
    return this.bytes.readUIntLE(this.take(3, what), 3);
  }

  u32(what: string): number {
    return this.bytes.readUInt32LE(this.take(4, what));
  }

  u48(what: string): number {
    return this.bytes.readUIntLE(this.take(6, what), 6);
  }

  u64(what: string): bigint {
    return this.bytes.readBigUInt64LE(this.take(8, what));
  }

  i64(what: string): bigint {
    return this.bytes.readBigInt64LE(this.take(8, what));
  }

  /** A 64-bit value that must fit a number: lengths, positions, microseconds. */
  safe64(what: string): number {
    return this.#safe(this.u64(what), what);
  }

  /** The protocol's length-encoded integer: 1, 3, 4 or 9 bytes. */
  packed(what: string): number {
    const first = this.u8(what);
    if (first < 251) return first;
    if (first === 252) return this.u16(what);
    if (first === 253) return this.u24(what);
    if (first === 254) return this.safe64(what);
    throw corrupt(this.header, `${what}: ${first} does not begin a length-encoded integer`);
  }

  /** A view, not a copy. */
  view(length: number, what: string): Buffer {
    const start = this.take(length, what);
    return this.bytes.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.view(this.left, 'rest');
  }

  text(length: number, what: string): string {
    const start = this.take(length, what);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** A part of the event as a reader of its own: it can't read past the part's end. */
  part(length: number, what: string): ByteReader {
    const start = this.take(length, what);
    return new ByteReader(this.bytes, start, start + length, this.header);
  }

  fail(problem: string, cause?: unknown): CdcError {
    return corrupt(this.header, problem, cause);
  }

  #safe(value: bigint, what: string): number {
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt(this.header, `${what}: ${value} is too large`);
    return Number(value);
  }
}
