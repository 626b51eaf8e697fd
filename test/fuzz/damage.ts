/**
 * Damage done to a list of binlog events, made from a seed: the same seed gives the same damage.
 *
 * Two ways: `told`, where the bytes are changed and nothing else (a checksum then finds every change), and `hidden`,
 * where size and CRC32 are put right afterwards, so that the damage reaches the parsers of the events.
 */
import { EVENT } from '../../runner/binlog/event-types.ts';
import { fixChecksum, fixSize } from '../support/binlog-files.ts';
import { RARE_EVENTS } from '../support/rare-events.ts';

/** Whole number from 0 to below `below`. */
export type Pick = (below: number) => number;

/** xorshift32: small, seeded, good enough to choose bytes. */
export function picker(seed: number): Pick {
  // Spread first, so that neighbouring seeds begin far apart; 0 would stay 0.
  let state = Math.imul(seed + 1, 0x9e37_79b1) || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export type Damage = 'told' | 'hidden';

const HEADER = 19;
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff] as const;
/** Chosen more often than their share: what they hold steers how the others are read. */
const STEERING: readonly number[] = [
  EVENT.TABLE_MAP,
  EVENT.QUERY,
  EVENT.TRANSACTION_PAYLOAD,
  EVENT.PARTIAL_UPDATE_ROWS,
];

type Change = (bytes: Buffer, from: number, pick: Pick) => Buffer;

const flip: Change = (bytes, from, pick) => {
  const at = from + pick(bytes.length - from);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << pick(8)), at);
  return bytes;
};

const edge: Change = (bytes, from, pick) => {
  bytes.writeUInt8(EDGES[pick(EDGES.length)] ?? 0, from + pick(bytes.length - from));
  return bytes;
};

const noise: Change = (bytes, from, pick) => {
  const at = from + pick(bytes.length - from);
  const end = Math.min(bytes.length, at + 1 + pick(16));
  for (let i = at; i < end; i += 1) bytes.writeUInt8(pick(256), i);
  return bytes;
};

const cut: Change = (bytes, from, pick) => bytes.subarray(0, from + pick(bytes.length - from));

const remove: Change = (bytes, from, pick) => {
  const at = from + pick(bytes.length - from);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(8))]);
};

const insert: Change = (bytes, from, pick) => {
  const at = from + pick(bytes.length - from);
  const more = Buffer.from(Array.from({ length: 1 + pick(8) }, () => pick(256)));
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
};

const repeat: Change = (bytes, from, pick) => {
  const at = from + pick(bytes.length - from);
  const part = bytes.subarray(at, at + 1 + pick(32));
  return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at + part.length)]);
};

const CHANGES: readonly Change[] = [flip, flip, edge, edge, noise, cut, remove, insert, repeat];

function victim(events: readonly Buffer[], pick: Pick): number {
  const first = pick(events.length);
  if (pick(3) > 0) return first;
  const steering = events.flatMap((bytes, index) => (STEERING.includes(bytes[4] ?? 0) ? [index] : []));
  return steering[pick(Math.max(1, steering.length))] ?? first;
}

function damageEvent(event: Buffer, damage: Damage, crc: boolean, pick: Pick): Buffer {
  const trailer = crc ? 4 : 0;
  if (damage === 'told') {
    const change = CHANGES[pick(5)] ?? flip;
    return change(Buffer.from(event), 0, pick);
  }
  // One in eight reaches into the header; size and checksum are put right below.
  const from = pick(8) === 0 ? 0 : Math.min(HEADER, event.length - trailer - 1);
  let bytes: Buffer = Buffer.from(event.subarray(0, event.length - trailer));
  for (let i = 1 + pick(3); i > 0 && bytes.length > from; i -= 1) {
    bytes = Buffer.from((CHANGES[pick(CHANGES.length)] ?? flip)(bytes, from, pick));
  }
  if (bytes.length < HEADER) bytes = Buffer.concat([bytes, Buffer.alloc(HEADER - bytes.length)]);
  const whole = fixSize(Buffer.concat([bytes, Buffer.alloc(trailer)]));
  return crc ? fixChecksum(whole) : whole;
}

/** An event of a type that no golden file has, put where it does not belong. */
function intrude(events: Buffer[], crc: boolean, pick: Pick): void {
  const { bytes } = RARE_EVENTS[pick(RARE_EVENTS.length)] ?? { bytes: Buffer.alloc(0) };
  const event = crc ? fixChecksum(fixSize(Buffer.concat([bytes, Buffer.alloc(4)]))) : bytes;
  events.splice(1 + pick(events.length), 0, event);
}

/** Events dropped, doubled or out of their order: what no checksum finds. */
function shuffle(events: Buffer[], pick: Pick): void {
  const at = 1 + pick(Math.max(1, events.length - 1));
  const [event] = events.splice(at, 1);
  const way = pick(3);
  if (event === undefined || way === 0) return;
  if (way === 1) events.splice(at, 0, event, event);
  else events.splice(1 + pick(events.length), 0, event);
}

/** The damaged events; `crc`: the file's events end with a CRC32. */
export function damaged(events: readonly Buffer[], damage: Damage, crc: boolean, pick: Pick): Buffer[] {
  const result = [...events];
  if (damage === 'hidden' && pick(6) === 0) shuffle(result, pick);
  if (damage === 'hidden' && pick(6) === 0) intrude(result, crc, pick);
  for (let i = damage === 'told' ? 1 : 1 + pick(2); i > 0; i -= 1) {
    const at = victim(result, pick);
    const event = result[at];
    if (event !== undefined) result[at] = damageEvent(event, damage, crc, pick);
  }
  return result;
}
