/**
 * As much of binlog events as finding a place in a binlog needs: the header (19 bytes: u32 timestamp, u8 type,
 * u32 server id, u32 size, u32 position behind it, u16 flags) and the GTID that opens a transaction.
 */
import { CdcError } from '../errors.ts';

const HEADER = 19;
const FLAG_ARTIFICIAL = 0x20;

const ROTATE = 4;
const GTID = 33;
const ANONYMOUS_GTID = 34;
const GTID_TAGGED = 42;
const MARIADB_GTID = 162;

/** STOP, ROTATE, FORMAT_DESCRIPTION, INCIDENT, PREVIOUS_GTIDS; MariaDB: CHECKPOINT, GTID_LIST, START_ENCRYPTION. */
const OUTSIDE = new Set([3, ROTATE, 15, 26, 35, 161, 163, 164]);
/** HEARTBEAT in both versions. */
const HEARTBEATS = new Set([27, 41]);

export interface EventHead {
  /** `made`: by the server for this dump only; it is in no file. */
  readonly kind: 'transaction-start' | 'within' | 'outside' | 'made';
  /** Unix seconds. */
  readonly timestamp: number;
  /** Modulo 2^32; 0 where the server does not tell. */
  readonly endPosition: number;
}

export function readEventHead(event: Buffer): EventHead {
  if (event.length < HEADER) throw new CdcError('CDC_BINLOG_CORRUPT', 'an event is shorter than its header');
  const type = event[4] ?? 0;
  const artificial = (event.readUInt16LE(17) & FLAG_ARTIFICIAL) !== 0 || HEARTBEATS.has(type);
  return {
    kind: artificial ? 'made' : kindOf(type),
    timestamp: event.readUInt32LE(0),
    endPosition: event.readUInt32LE(13),
  };
}

function kindOf(type: number): EventHead['kind'] {
  if (type === GTID || type === ANONYMOUS_GTID || type === GTID_TAGGED || type === MARIADB_GTID) {
    return 'transaction-start';
  }
  return OUTSIDE.has(type) ? 'outside' : 'within';
}

/** The file that an artificial rotate event names; null for other events. `checksumBytes` stand at its end. */
export function rotatedTo(event: Buffer, checksumBytes: number): string | null {
  if (event[4] !== ROTATE) return null;
  return event.subarray(HEADER + 8, event.length - checksumBytes).toString('utf8');
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Integers of MySQL's serialization library: as many 1 bits at the bottom of the first byte as bytes follow it. */
class VarlenReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  unsigned(): bigint {
    const first = this.#bytes.readUInt8(this.#at);
    let more = 0;
    while (more < 8 && (first >> more) & 1) more += 1;
    let value = 0n;
    for (let index = more; index > 0; index -= 1) {
      value = (value << 8n) | BigInt(this.#bytes.readUInt8(this.#at + index));
    }
    this.#at += 1 + more;
    if (more >= 7) return value;
    return (value << BigInt(7 - more)) | BigInt(first >> (more + 1));
  }

  /** The lowest bit is the sign; negative values are stored as their complement. */
  signed(): bigint {
    const value = this.unsigned();
    return value & 1n ? ~(value >> 1n) : value >> 1n;
  }

  text(): string {
    const length = Number(this.unsigned());
    this.#at += length;
    return this.#bytes.toString('latin1', this.#at - length, this.#at);
  }
}

/** Fields 0 to 3 of a GTID_TAGGED event come first and always: flags, uuid (16 integers), number, tag. */
function readTaggedGtid(event: Buffer): string {
  const reader = new VarlenReader(event, HEADER);
  for (let skipped = 0; skipped < 3; skipped += 1) reader.unsigned();
  const uuid = new Uint8Array(16);
  let gno = 0n;
  let tag = '';
  for (let field = 0; field < 4; field += 1) {
    const id = Number(reader.unsigned());
    if (id === 0) reader.unsigned();
    else if (id === 1) for (let index = 0; index < 16; index += 1) uuid[index] = Number(reader.unsigned());
    else if (id === 2) gno = reader.signed();
    else if (id === 3) tag = reader.text();
    else break;
  }
  return tag === '' ? `${uuidText(uuid)}:${gno}` : `${uuidText(uuid)}:${tag}:${gno}`;
}

/** The GTID of an event that starts a transaction; null for an anonymous one. */
export function readGtid(event: Buffer): string | null {
  try {
    switch (event[4]) {
      case GTID:
        return `${uuidText(event.subarray(HEADER + 1, HEADER + 17))}:${event.readBigInt64LE(HEADER + 17)}`;
      case GTID_TAGGED:
        return readTaggedGtid(event);
      case MARIADB_GTID:
        return `${event.readUInt32LE(HEADER + 8)}-${event.readUInt32LE(5)}-${event.readBigUInt64LE(HEADER)}`;
      default:
        return null;
    }
  } catch (cause) {
    throw new CdcError('CDC_BINLOG_CORRUPT', 'a GTID event ends too early', { cause });
  }
}
