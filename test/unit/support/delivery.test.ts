import { expect, test } from 'vitest';
import type { ReadMessage } from '../../../cli/demo/topic-reader.ts';
import { deliveryProblems, repeats, type Written } from '../../support/delivery.ts';

const WRITTEN: readonly Written[] = [
  { table: 't', id: 1, action: 'insert', seq: 1 },
  { table: 't', id: 2, action: 'insert', seq: 2 },
  { table: 't', id: 1, action: 'update', seq: 3 },
  { table: 't', id: 1, action: 'delete', seq: 3 },
];

function message({ table, id, action, seq }: Written, eventId = `${id} ${action} ${seq}`): ReadMessage {
  const row = { id, seq };
  return {
    topic: table,
    partition: 0,
    offset: '0',
    key: `{"id":${id}}`,
    value: {
      id: eventId,
      database: 'd',
      table,
      action,
      before: action === 'insert' ? null : row,
      after: action === 'delete' ? null : row,
      event_header: {},
    },
  };
}

const all = WRITTEN.map((change) => message(change));
const [first, second, third, fourth] = all as [ReadMessage, ReadMessage, ReadMessage, ReadMessage];

test('every change once, in order per key, is right; the order between keys is free', () => {
  expect(deliveryProblems(WRITTEN, all)).toEqual([]);
  expect(deliveryProblems(WRITTEN, [second, first, third, fourth])).toEqual([]);
});

test('a replay with the same ids is right and counted', () => {
  const replayed = [first, second, third, first, second, third, fourth];
  expect(deliveryProblems(WRITTEN, replayed)).toEqual([]);
  expect(repeats(replayed)).toBe(3);
});

test('a missing change, a change that leaps ahead and one that was never written are named', () => {
  expect(deliveryProblems(WRITTEN, [first, second, third])).toEqual(['t {"id":1}: delete 3 is missing']);
  expect(deliveryProblems(WRITTEN, [first, second, fourth, third])[0]).toContain('delete 3 came right after');
  const alien = message({ table: 't', id: 9, action: 'insert', seq: 9 });
  expect(deliveryProblems(WRITTEN, [...all, alien])).toEqual(['t {"id":9}: was never written']);
});

test('a key that ends with an older change is named', () => {
  expect(deliveryProblems(WRITTEN, [...all, third])).toEqual(['t {"id":1}: ends with update 3']);
});

test('one id with two contents is named', () => {
  const change = { table: 't', id: 2, action: 'insert', seq: 2 } as const;
  const other = message(change, first.value.id);
  expect(deliveryProblems(WRITTEN, [...all, other])[0]).toContain('carries');
});
