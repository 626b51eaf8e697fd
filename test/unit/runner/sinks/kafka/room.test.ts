import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Room } from '../../../../../runner/sinks/kafka/kernel/room.ts';

const START = 8_192;
const END = START + 40 * 4_096;

test('what is given out lies inside and apart, and what came back is given out again', () => {
  const step = fc.oneof(
    fc.integer({ min: 1, max: 30_000 }).map((size) => ({ size, index: -1 })),
    fc.nat(20).map((index) => ({ size: 0, index })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const room = new Room(START, END);
      const taken: { at: number; size: number }[] = [];
      for (const { size, index } of steps) {
        if (size === 0) {
          for (const { at } of taken.splice(index, 1)) room.give(at);
          continue;
        }
        const at = room.take(size);
        if (at === null) continue;
        expect(at).toBeGreaterThanOrEqual(START);
        expect(at + size).toBeLessThanOrEqual(END);
        expect(taken.some((other) => at < other.at + other.size && other.at < at + size)).toBe(false);
        taken.push({ at, size });
      }
      for (const { at } of taken) room.give(at);
      expect(room.take(END - START)).toBe(START);
      expect(room.take(1)).toBeNull();
    }),
  );
});

test('what was not given out is not taken back', () => {
  const room = new Room(START, END);
  room.take(END - START);
  room.give(START + 4_096);
  expect(room.take(1)).toBeNull();
  room.give(START);
  room.give(START);
  expect(room.take(5_000)).toBe(START);
  expect(room.take(1)).toBe(START + 8_192);
});
