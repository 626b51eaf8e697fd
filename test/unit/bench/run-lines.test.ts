import { expect, test } from 'vitest';
import type { Line, Sample } from '../../../bench/lines/line.ts';
import { runLines } from '../../../bench/run-lines.ts';

const sample = (rows: number | null): Sample => ({ wallS: 1, cpuS: 1, peakRssBytes: 1, rows });

function line(id: string, once: () => Sample, order: string[]): Line {
  return {
    id,
    label: id,
    rows: 10,
    prepare: async () => async () => {
      order.push(id);
      return once();
    },
  };
}

const silent = (): void => {};

test('lines take turns', async () => {
  const order: string[] = [];
  const lines = ['a', 'b'].map((id) => line(id, () => sample(10), order));
  const results = await runLines(lines, 2, silent);
  expect(order).toEqual(['a', 'b', 'a', 'b']);
  expect(results.map(({ kind }) => kind)).toEqual(['measured', 'measured']);
});

test('a line that counts other rows than there are is not a result, and does not go on', async () => {
  const order: string[] = [];
  const results = await runLines([line('a', () => sample(9), order)], 3, silent);
  expect(order).toEqual(['a']);
  expect(results[0]).toMatchObject({ kind: 'not-run', reason: 'counted 9 rows where 10 are' });
});

test('a line may be meant to see fewer rows', async () => {
  const seesFew = { ...line('a', () => sample(1), []), wantedRows: 1 };
  expect((await runLines([seesFew], 1, silent))[0]).toMatchObject({ kind: 'measured', line: { rows: 10 } });
});

test('what can not be prepared says why and holds nobody up', async () => {
  const missing: Line = {
    ...line('a', () => sample(10), []),
    prepare: () => Promise.reject(new Error('no\n go')),
  };
  const results = await runLines([missing, line('b', () => sample(10), [])], 1, silent);
  expect(results[0]).toMatchObject({ kind: 'not-run', reason: 'no go' });
  expect(results[1]).toMatchObject({ kind: 'measured' });
});
