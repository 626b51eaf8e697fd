import { describe, expect, test } from 'vitest';
import { EventSplitter } from '../../../../runner/binlog/event-splitter.ts';
import { buildEvent, hex } from '../../../support/binlog-files.ts';

const MAGIC = hex('fe62696e');
const EVENTS = [
  buildEvent({ type: 3 }),
  buildEvent({ type: 16, body: Buffer.alloc(8, 1) }),
  buildEvent({ type: 2, body: Buffer.alloc(300, 2) }),
  buildEvent({ type: 3 }),
];
const FILE = Buffer.concat([MAGIC, ...EVENTS]);

test('gives views of the chunk for the events inside it', () => {
  const events = new EventSplitter().push(FILE);
  expect(events).toEqual(EVENTS);
  expect(events.every((event) => event.buffer === FILE.buffer)).toBe(true);
});

test.each([1, 2, 3, 5, 12, 13, 14, 18, 19, 20, 27, 100, 318, 319])(
  'joins events over chunks of %i bytes',
  (size) => {
    const splitter = new EventSplitter();
    const events: Buffer[] = [];
    for (let at = 0; at < FILE.length; at += size)
      events.push(...splitter.push(FILE.subarray(at, at + size)));
    expect(events).toEqual(EVENTS);
    expect(splitter.finish()).toBe(0);
  },
);

test('takes empty chunks', () => {
  const splitter = new EventSplitter({ magic: false });
  expect(splitter.push(Buffer.alloc(0))).toEqual([]);
  expect(splitter.push(FILE.subarray(4, 10))).toEqual([]);
  expect(splitter.push(Buffer.alloc(0))).toEqual([]);
  expect(splitter.push(FILE.subarray(10, 23))).toEqual(EVENTS.slice(0, 1));
});

describe('the end of the input', () => {
  test('inside an event is an error that tells where, unless it is tolerated', () => {
    const splitter = new EventSplitter();
    splitter.push(FILE.subarray(0, 4 + 19 + 20));
    expect(() => splitter.finish()).toThrow('ends inside the event at 23: wanted 27 bytes, had 20');
    expect(splitter.finish({ tolerate: true })).toBe(20);
  });

  test('before the end of the magic number is an error', () => {
    expect(() => new EventSplitter().finish()).toThrow('inside its magic number: wanted 4 bytes, had 0');
    expect(new EventSplitter({ magic: false }).finish()).toBe(0);
  });
});

test('tells an encrypted file from one that is no binlog', () => {
  expect(() => new EventSplitter().push(hex('fd62696e00'))).toThrow(
    expect.objectContaining({ code: 'CDC_EVENT_ENCRYPTED' }),
  );
  expect(() => new EventSplitter().push(hex('504b0304'))).toThrow('begins with 504b0304');
});

test.each([0, 18, 2 ** 30 + 2 ** 16 + 1, 4_294_967_295])('refuses an event that claims %i bytes', (size) => {
  const damaged = Buffer.from(FILE);
  damaged.writeUInt32LE(size, 4 + 19 + 9);
  expect(() => new EventSplitter().push(damaged)).toThrow(`the event at 23 claims a size of ${size} bytes`);
  const inPieces = new EventSplitter();
  inPieces.push(damaged.subarray(0, 30));
  expect(() => inPieces.push(damaged.subarray(30))).toThrow('claims a size');
});

describe('a start of encryption', () => {
  const start = (flags: number): Buffer => buildEvent({ type: 164, body: Buffer.alloc(17), flags });
  const file = (flags: number, rest: Buffer): Buffer =>
    Buffer.concat([MAGIC, buildEvent({ type: 3 }), start(flags), rest]);

  test.each([1, 30, 1000])(
    'in a file is told before its secret bytes are taken for events (chunks of %i)',
    (size) => {
      const bytes = file(0, Buffer.alloc(100, 0xee));
      const splitter = new EventSplitter();
      expect(() => {
        for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
      }).toThrow(expect.objectContaining({ code: 'CDC_EVENT_ENCRYPTED' }));
    },
  );

  test('that may be ignored is an event like others', () => {
    expect(new EventSplitter().push(file(0x80, buildEvent({ type: 3 })))).toHaveLength(3);
  });
});
