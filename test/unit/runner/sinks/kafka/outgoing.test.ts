import { expect, test } from 'vitest';
import { MessageBatch } from '../../../../../core/message-batch.ts';
import {
  dropDone,
  newPartition,
  nextOf,
  type Outgoing,
  Receipt,
} from '../../../../../runner/sinks/kafka/outgoing.ts';

const outgoing = (baseSequence: number): Outgoing => ({
  source: new MessageBatch(),
  messages: Uint32Array.of(0),
  receipt: new Receipt(),
  baseSequence,
  madeAtMs: 0,
  records: [],
  release: () => undefined,
  isInFlight: false,
  isDone: false,
  failure: null,
  code: 0,
});

test('until a broker has acknowledged the first batch of a partition, no second one is sent', () => {
  const partition = newPartition('t', 0);
  const [first, second] = [outgoing(0), outgoing(1)];
  partition.queue.push(first, second);
  expect(nextOf(partition)).toBe(first);
  partition.inFlight = 1;
  expect(nextOf(partition)).toBeNull();
  partition.isKnown = true;
  expect(nextOf(partition)).toBe(second);
});

test('nothing is sent while an attempt is being mended, nor what is still compressed', () => {
  const partition = newPartition('t', 0);
  const first = outgoing(0);
  partition.queue.push(first);
  partition.isHeld = true;
  expect(nextOf(partition)).toBeNull();
  partition.isHeld = false;
  first.records = null;
  expect(nextOf(partition)).toBeNull();
});

test('what is acknowledged goes out of the queue, wherever it stands', () => {
  const partition = newPartition('t', 0);
  const all = [outgoing(0), outgoing(1), outgoing(2)];
  partition.queue.push(...all);
  const [, middle] = all;
  if (middle !== undefined) middle.isDone = true;
  dropDone(partition);
  expect(partition.queue).toEqual([all[0], all[2]]);
});
