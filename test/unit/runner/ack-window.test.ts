import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AckWindow, type CommitBoundary } from '../../../runner/ack-window.ts';

const boundary = (position: number): CommitBoundary => ({
  file: 'binlog.000001',
  position,
  gtids: [`g:${position}`],
  sourceTimeMs: position,
});

test('a younger batch that is acknowledged first moves nothing', () => {
  const closed: number[] = [];
  const window = new AckWindow((at) => closed.push(at.position));
  const first = window.sent(1, boundary(100));
  const second = window.sent(1, boundary(200));
  window.acknowledged(second);
  expect(closed).toEqual([]);
  window.acknowledged(first);
  expect(closed).toEqual([200]);
});

test('a boundary without rows waits for what is in flight before it', () => {
  const closed: CommitBoundary[] = [];
  const window = new AckWindow((at) => closed.push(at));
  const batch = window.sent(1, boundary(100));
  window.passed(boundary(150));
  expect(closed).toEqual([]);
  window.acknowledged(batch);
  expect(closed.map((at) => at.position)).toEqual([150]);
  expect(closed[0]?.gtids).toEqual(['g:100', 'g:150']);
});

test('a batch that ends inside a transaction closes nothing, and its rows count with the next boundary', () => {
  const closed: { position: number; rows: number }[] = [];
  const window = new AckWindow((at, rows) => closed.push({ position: at.position, rows }));
  window.acknowledged(window.sent(5, null));
  expect(closed).toEqual([]);
  window.acknowledged(window.sent(2, boundary(300)));
  expect(closed).toEqual([{ position: 300, rows: 7 }]);
});

test('in whatever order acknowledgements come, no boundary passes an open batch and every GTID is told once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ rows: fc.nat(5), closes: fc.boolean(), passes: fc.boolean() }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.infiniteStream(fc.nat()),
      (batches, chance) => {
        const told: string[] = [];
        let rowsTold = 0;
        const open = new Set<number>();
        const window = new AckWindow((at, rows) => {
          told.push(...at.gtids);
          rowsTold += rows;
          for (const position of open) expect(at.position).toBeLessThan(position);
        });
        const expected: string[] = [];
        const tickets: { position: number; ack: () => void }[] = [];
        let position = 0;
        for (const batch of batches) {
          position += 10;
          const ticket = window.sent(batch.rows, batch.closes ? boundary(position) : null);
          const mine = position;
          open.add(mine);
          tickets.push({ position: mine, ack: () => window.acknowledged(ticket) });
          if (batch.closes) expected.push(`g:${position}`);
          if (batch.passes) {
            position += 5;
            window.passed(boundary(position));
            expected.push(`g:${position}`);
          }
        }
        while (tickets.length > 0) {
          const [ticket] = tickets.splice((chance.next().value ?? 0) % tickets.length, 1);
          if (ticket === undefined) continue;
          open.delete(ticket.position);
          ticket.ack();
        }
        expect(told).toEqual(expected);
        if (batches.at(-1)?.closes || batches.at(-1)?.passes) {
          expect(rowsTold).toBe(batches.reduce((sum, batch) => sum + batch.rows, 0));
        }
      },
    ),
  );
});
