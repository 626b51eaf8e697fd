/** A binlog file above 4 GiB, whose event headers hold only the lower 32 bits of their positions. */
import { expect, test } from 'vitest';
import { EVENT } from '../../../../runner/binlog/event-types.ts';
import { buildEvent, fixChecksum, goldenEvents } from '../../../support/binlog-files.ts';
import { streamBytes } from '../../../support/bytes-source.ts';

const FILE = 'binlog.000002';
const FOUR_GIB = 2 ** 32;
const LOG_POS = 13;

/** The events of a golden file as a dump that begins at this place of a larger one gives them. */
function dumpFrom(start: number): { events: Buffer[]; ends: number[] } {
  const [description = Buffer.alloc(0), ...others] = goldenEvents('mysql97-full');
  const artificial = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(0, LOG_POS);
    return fixChecksum(copy);
  };
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(start));
  const rotate = buildEvent({
    type: EVENT.ROTATE,
    body: Buffer.concat([place, Buffer.from(FILE)]),
    timestamp: 0,
    flags: 0x20,
    checksum: 'crc32',
  });
  const ends: number[] = [];
  let end = start;
  const moved = others
    .filter((bytes) => bytes[4] !== EVENT.ROTATE)
    .map((bytes) => {
      end += bytes.length;
      ends.push(end);
      const copy = Buffer.from(bytes);
      copy.writeUInt32LE(end % FOUR_GIB, LOG_POS);
      return fixChecksum(copy);
    });
  return { events: [rotate, artificial(description), ...moved], ends };
}

const read = (value: string) =>
  JSON.parse(value) as { id: string; after: unknown; event_header: { log_pos: number; file: string } };

test.each([
  ['passes 4 GiB', FOUR_GIB - 6_000],
  ['passes 8 GiB', 2 * FOUR_GIB - 6_000],
  ['lies behind 5 GiB', 5 * 2 ** 30],
])('a stream that %s has the positions and ids of its file', async (_what, start) => {
  const { events, ends } = dumpFrom(start);
  const { messages, error } = await streamBytes(events, { file: FILE });
  const whole = await streamBytes(goldenEvents('mysql97-full'), { file: FILE });
  expect(error).toBeNull();
  const rows = messages.map(({ value }) => read(value));
  expect(rows.map(({ after }) => after)).toEqual(whole.messages.map(({ value }) => read(value).after));
  const positions = rows.map(({ event_header }) => event_header.log_pos);
  expect(positions.filter((position) => !ends.includes(position))).toEqual([]);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  expect(positions.at(-1)).toBeGreaterThan(FOUR_GIB);
  expect(new Set(rows.map(({ event_header }) => event_header.file))).toEqual(new Set([FILE]));
  const ids = rows.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted());
  expect(ids.at(-1)).toMatch(`0000000002-${String(positions.at(-1)).padStart(13, '0')}-`);
});

test('a heartbeat of version 2 carries the place over events that the server left out', async () => {
  const { events } = dumpFrom(1_000);
  const body = Buffer.concat([
    Buffer.from([1, FILE.length]),
    Buffer.from(FILE),
    Buffer.from([2, 9, 0xfe, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0]),
  ]);
  const heartbeat = buildEvent({ type: EVENT.HEARTBEAT_V2, body, timestamp: 0, checksum: 'crc32' });
  const { messages, error } = await streamBytes([...events.slice(0, 2), heartbeat, ...events.slice(2)], {
    file: FILE,
  });
  expect(error).toBeNull();
  const positions = messages.map(({ value }) => read(value).event_header.log_pos);
  expect(positions[0]).toBeGreaterThan(3 * FOUR_GIB);
  expect(positions[0]).toBeLessThan(3 * FOUR_GIB + 100_000);
});
