import { describe, expect, test } from 'vitest';
import { PacketSplitter } from '../../../../core/mysql/packets.ts';

const FRAME_MAX = 0xff_ffff;

/** A payload as the frames that carry it. */
function frames(payload: Buffer, firstSequence: number): Buffer[] {
  const parts: Buffer[] = [];
  let sequence = firstSequence;
  for (let at = 0; ; at += FRAME_MAX) {
    const part = payload.subarray(at, at + FRAME_MAX);
    const header = Buffer.alloc(4);
    header.writeUIntLE(part.length, 0, 3);
    header.writeUInt8(sequence & 0xff, 3);
    parts.push(header, part);
    sequence += 1;
    if (part.length < FRAME_MAX) return parts;
  }
}

/** The payload of an event packet with a header that says its size. */
function eventPayload(bytes: number): Buffer {
  const payload = Buffer.alloc(1 + bytes, 0x61);
  payload.writeUInt8(0, 0);
  if (bytes >= 19) payload.writeUInt32LE(bytes, 10);
  payload.writeUInt8(0x7a, payload.length - 1);
  return payload;
}

function collect(splitter: PacketSplitter, bytes: Buffer, chunkBytes: number): Buffer[] {
  const events: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    events.push(...splitter.push(bytes.subarray(at, at + chunkBytes)));
  }
  return events;
}

describe('the splitter of packets', () => {
  test('gives an event that lies in one chunk without copying it', () => {
    const chunk = Buffer.concat(frames(eventPayload(30), 1));
    const [event] = new PacketSplitter().push(chunk);
    expect(event?.length).toBe(30);
    expect(event?.buffer).toBe(chunk.buffer);
    expect(event?.byteOffset).toBe(chunk.byteOffset + 5);
  });

  test.each([
    ['of exactly one full frame, which an empty one ends', FRAME_MAX - 1],
    ['of 20 MB', 20_000_000],
    ['of three frames', 2 * FRAME_MAX + 5],
  ])('joins an event %s', (_, bytes) => {
    const payload = eventPayload(bytes);
    const after = frames(eventPayload(19), 1 + Math.floor(payload.length / FRAME_MAX) + 1);
    const events = collect(new PacketSplitter(), Buffer.concat([...frames(payload, 1), ...after]), 65_536);
    expect(events.map((event) => event.length)).toEqual([bytes, 19]);
    expect(events[0]?.equals(payload.subarray(1))).toBe(true);
  });

  test('joins a large event whose own size is a lie', () => {
    const payload = eventPayload(20_000_000);
    payload.writeUInt32LE(0xffff_fff0, 10);
    const [event] = collect(new PacketSplitter(), Buffer.concat(frames(payload, 1)), 1_000_000);
    expect(event?.equals(payload.subarray(1))).toBe(true);
  });

  test('stops at an ERR packet and keeps it, with the events before it', () => {
    const error = Buffer.concat([Buffer.from([0xff, 0xd4, 0x04]), Buffer.from('#HY000no')]);
    const bytes = Buffer.concat([
      ...frames(eventPayload(40), 1),
      ...frames(error, 2),
      ...frames(eventPayload(9), 3),
    ]);
    const splitter = new PacketSplitter();
    expect(splitter.push(bytes).map((event) => event.length)).toEqual([40]);
    expect(splitter.terminator?.equals(error)).toBe(true);
    expect(splitter.push(Buffer.concat(frames(eventPayload(9), 4)))).toEqual([]);
  });

  test('refuses packets out of order', () => {
    const bytes = Buffer.concat([...frames(eventPayload(20), 1), ...frames(eventPayload(20), 3)]);
    expect(() => new PacketSplitter().push(bytes)).toThrow(/out of order/);
  });

  test('counts on from 255 at 0', () => {
    const bytes = Buffer.concat([...frames(eventPayload(20), 255), ...frames(eventPayload(21), 256)]);
    expect(new PacketSplitter({ sequence: 255 }).push(bytes).map((event) => event.length)).toEqual([20, 21]);
  });

  test('holds no more than the payload that is not complete', () => {
    const splitter = new PacketSplitter();
    splitter.push(Buffer.concat(frames(eventPayload(1_000), 1)).subarray(0, 500));
    expect(splitter.pendingBytes).toBe(496);
  });
});
