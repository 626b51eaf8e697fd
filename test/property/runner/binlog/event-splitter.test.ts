import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventSplitter } from '../../../../runner/binlog/event-splitter.ts';
import { GOLDEN, goldenBytes, goldenEvents } from '../../../support/binlog-files.ts';

test('a file gives the same events however it is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...GOLDEN),
      fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1 }),
      (name, sizes) => {
        const file = goldenBytes(name);
        const splitter = new EventSplitter();
        const events: Buffer[] = [];
        let at = 0;
        for (let turn = 0; at < file.length; turn += 1) {
          const size = turn < sizes.length * 50 ? (sizes[turn % sizes.length] ?? 1) : 10_000;
          events.push(...splitter.push(file.subarray(at, at + size)));
          at += size;
        }
        expect(splitter.finish()).toBe(0);
        expect(events).toEqual(goldenEvents(name));
      },
    ),
    { numRuns: 40 },
  );
});
