import { expect, test } from 'vitest';
import { Receipts } from '../../../bench/sections/receipts.ts';

const message = (commitUs: number): string => `{"event_header":{"row":0,"commit_us":${commitUs}},"id":"x"}`;

test('a latency is the time from the commit in the message to its receipt', () => {
  const receipts = new Receipts(0);
  receipts.take(message(1_000_000), 1_002_500);
  expect(receipts.figures()).toEqual({ messages: 1, p50Ms: 2.5, p99Ms: 2.5, maxMs: 2.5 });
});

test('what comes while everything warms up is seen and not counted', () => {
  const receipts = new Receipts(2);
  for (const latencyUs of [900_000, 800_000, 1_000, 3_000]) receipts.take(message(0), latencyUs);
  expect(receipts.seen).toBe(4);
  expect(receipts.figures()).toEqual({ messages: 2, p50Ms: 1, p99Ms: 3, maxMs: 3 });
});

test('a message without the time of its commit is an error, not a latency', () => {
  expect(() => new Receipts(0).take('{}', 1)).toThrow('commit_us');
});
