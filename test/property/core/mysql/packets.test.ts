import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachEvent } from '../../../../core/event-runs.ts';
import { PacketSplitter } from '../../../../core/mysql/packets.ts';

function frame(payload: Uint8Array, sequence: number): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequence & 0xff, 3);
  return Buffer.concat([header, payload]);
}

test('however the bytes are cut into chunks, the same events come out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      (bodies, cuts, ended) => {
        const packets = bodies.map((body, index) =>
          frame(Buffer.concat([Buffer.from([0]), body]), index + 1),
        );
        const end = Buffer.from([0xfe, 0, 0, 2, 0]);
        const tail = ended ? [frame(end, bodies.length + 1)] : [];
        const bytes = Buffer.concat([...packets, ...tail]);
        const splitter = new PacketSplitter();
        const events: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1;
          events.push(...splitter.push(bytes.subarray(at, at + length)));
          at += length;
        }
        expect(events.map((event) => event.toString('hex'))).toEqual(
          bodies.map((body) => Buffer.from(body).toString('hex')),
        );
        expect(splitter.terminator?.toString('hex') ?? null).toBe(ended ? end.toString('hex') : null);
        expect(splitter.pendingBytes).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});

test('the same events come out in runs, moved together in their chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 20 }),
      (bodies, cuts) => {
        const events = bodies.map((body) => {
          const event = Buffer.concat([Buffer.alloc(13), body]);
          event.writeUInt32LE(event.length, 9);
          return event;
        });
        const bytes = Buffer.concat(
          events.map((event, index) => frame(Buffer.concat([Buffer.from([0]), event]), index + 1)),
        );
        const splitter = new PacketSplitter({ inRuns: true });
        const found: string[] = [];
        let runs = 0;
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1;
          const chunk = Buffer.from(bytes.subarray(at, at + length));
          const gathered = splitter.push(chunk);
          runs += gathered.length;
          found.push(...[...eachEvent(gathered)].map((event) => event.toString('hex')));
          at += length;
        }
        expect(found).toEqual(events.map((event) => event.toString('hex')));
        expect(runs).toBeLessThanOrEqual(events.length);
      },
    ),
    { numRuns: 500 },
  );
});

test('an event that is not as long as its packet is refused where events come in runs', () => {
  for (const size of [12, 14, 0xffff_ffff]) {
    const event = Buffer.alloc(14);
    event.writeUInt32LE(size === 14 ? 13 : size, 9);
    const bytes = frame(event, 1);
    expect(() => new PacketSplitter({ inRuns: true }).push(bytes)).toThrow('in a packet of 13');
  }
});
