import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../core/errors.ts';
import { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';
import { MessagePolicy, type MessagePolicyOptions } from '../../../runner/message-policy.ts';
import { PolicySink } from '../../../runner/policy-sink.ts';
import { EventSkips } from '../../../runner/source/event-skips.ts';

const idNo = (number: number): string => `0000000002-${String(number).padStart(13, '0')}-000000-0000000`;

function rowOf(number: number, text = ''): string {
  const header = `{"timestamp":1,"log_pos":${number},"file":"binlog.000002","server_id":1,"gtid":"u:1","row":0,"commit_us":1}`;
  return `{"database":"shop","table":"orders","action":"insert","before":null,"after":{"id":${number},"text":"${text}"},"event_header":${header},"id":"${idNo(number)}"}`;
}

function batchOf(...messages: readonly [number: number, text?: string][]): MessageBatch {
  const batch = new MessageBatch();
  for (const [number, text] of messages) batch.add('orders', `{"id":${number}}`, rowOf(number, text));
  return batch;
}

/** A sink that keeps `topic:id` of what it took, and refuses what `judge` gives an error for. */
function fakeSink(judge: (batch: MessageBatch, values: readonly string[]) => CdcError | null = () => null) {
  const taken: string[] = [];
  const values: string[] = [];
  let failed: CdcError | null = null;
  const sink: Sink = {
    wants: 'messages',
    open: async () => {
      failed = null;
    },
    close: async () => {},
    write: async (batch) => {
      const texts = Array.from({ length: batch.count }, (_, index) =>
        batch.bytes.toString('utf8', batch.keyEnd(index), batch.valueEnd(index)),
      );
      failed ??= judge(batch, texts);
      if (failed !== null) throw failed;
      for (const [index, text] of texts.entries()) {
        const { id } = JSON.parse(text) as { id: string };
        taken.push(`${batch.topics[batch.topicOf(index)]}:${Number(id.split('-')[1])}`);
        values.push(text);
      }
    },
  };
  return { sink, taken, values };
}

function policyOf(changes: Partial<MessagePolicyOptions> = {}) {
  const told: string[] = [];
  const policy = new MessagePolicy({
    taskId: 't',
    skips: new EventSkips(),
    onError: 'fail',
    onTooLarge: 'fail',
    truncateColumns: ['text'],
    deadLetterTopic: 't.dead_letter',
    messageBytesMax: async () => 1_000_000,
    compresses: false,
    onUndelivered: (kind, { id }) => told.push(`${kind} ${Number(id.split('-')[1])}`),
    ...changes,
  });
  return { policy, told };
}

const BIG = 'x'.repeat(1_100_000);
const tooLarge = new CdcError('CDC_SINK_MESSAGE_TOO_LARGE', 'the broker says so');
const refusal = new CdcError('CDC_SINK_MESSAGE_REFUSED', 'invalid record');

/** Writes batches as the stream does: after a retryable error all again, from the first, over a reopened sink. */
async function deliver(
  fake: { readonly sink: Sink },
  policy: MessagePolicy,
  batches: () => readonly MessageBatch[],
): Promise<CdcError | null> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const sink = new PolicySink(fake.sink, policy);
    await sink.open();
    const results = await Promise.allSettled(batches().map((batch) => sink.write(batch)));
    const error = results.find((result) => result.status === 'rejected')?.reason as CdcError | undefined;
    if (error === undefined) return null;
    if (!error.retryable) return error;
  }
  throw new Error('it never ends');
}

describe('a message above the limit of its topic', () => {
  const batches = () => [batchOf([1], [2, BIG], [3]), batchOf([4])];

  test('fails the stream at once and by name, and nothing behind it is sent', async () => {
    const fake = fakeSink();
    const { taken } = fake;
    const error = await deliver(fake, policyOf().policy, batches);
    expect(error).toMatchObject({ code: 'CDC_SINK_MESSAGE_TOO_LARGE', retryable: false });
    expect(error?.event).toEqual({ id: idNo(2), file: 'binlog.000002', position: 2, gtid: 'u:1' });
    expect(error?.message).toContain('for orders, which takes 1000000');
    expect(taken).toEqual([]);
  });

  test('goes to the dead letter topic with its place, and the order of the others holds', async () => {
    const fake = fakeSink();
    const { taken, values } = fake;
    const { policy, told } = policyOf({ onTooLarge: 'dead_letter' });
    expect(await deliver(fake, policy, batches)).toBeNull();
    expect(taken).toEqual(['orders:1', 't.dead_letter:2', 'orders:3', 'orders:4']);
    expect(told).toEqual(['dead_letter 2']);
    expect(JSON.parse(values[1] ?? '')).toMatchObject({
      action: 'dead_letter',
      task_id: 't',
      id: idNo(2),
      topic: 'orders',
      code: 'CDC_SINK_MESSAGE_TOO_LARGE',
      event_header: { file: 'binlog.000002', log_pos: 2, gtid: 'u:1' },
      key: '{"id":2}',
      value: null,
    });
  });

  test('goes there whole where that topic takes it', async () => {
    const fake = fakeSink();
    const { values } = fake;
    const messageBytesMax = async (topic: string) => (topic === 'orders' ? 1_000_000 : 10_000_000);
    const { policy } = policyOf({ onTooLarge: 'dead_letter', messageBytesMax });
    await deliver(fake, policy, batches);
    expect((JSON.parse(values[1] ?? '') as { value: string }).value).toBe(rowOf(2, BIG));
  });

  test('is cut in the named columns', async () => {
    const fake = fakeSink();
    const { taken, values } = fake;
    const { policy, told } = policyOf({ onTooLarge: 'truncate' });
    expect(await deliver(fake, policy, batches)).toBeNull();
    expect(taken).toEqual(['orders:1', 'orders:2', 'orders:3', 'orders:4']);
    expect(Buffer.byteLength(values[1] ?? '')).toBeLessThanOrEqual(1_000_000);
    expect(JSON.parse(values[1] ?? '')).toMatchObject({ truncated: ['text'], id: idNo(2) });
    expect(told).toEqual(['truncated 2']);
  });

  test('fails where no named column can be cut', async () => {
    const { policy } = policyOf({ onTooLarge: 'truncate', truncateColumns: ['other'] });
    expect(await deliver(fakeSink(), policy, batches)).toMatchObject({
      code: 'CDC_SINK_MESSAGE_TOO_LARGE',
    });
  });

  test('is left out by policy, or by a word on this one message', async () => {
    const first = fakeSink();
    await deliver(first, policyOf({ onTooLarge: 'skip' }).policy, batches);
    expect(first.taken).toEqual(['orders:1', 'orders:3', 'orders:4']);
    const second = fakeSink();
    const { policy, told } = policyOf({ skips: new EventSkips([{ id: idNo(2), reason: 'r', atMs: 1 }]) });
    expect(await deliver(second, policy, batches)).toBeNull();
    expect(second.taken).toEqual(['orders:1', 'orders:3', 'orders:4']);
    expect(told).toEqual(['skipped 2']);
  });

  test('passes where it is small enough once it is compressed', async () => {
    const fake = fakeSink();
    const { taken } = fake;
    const { policy } = policyOf({ compresses: true });
    expect(await deliver(fake, policy, batches)).toBeNull();
    expect(taken).toHaveLength(4);
  });
});

describe('a message that only the sink finds too large', () => {
  const text = 'x'.repeat(300_000);
  const batches = () => [batchOf([1], [2, text], [3]), batchOf([4])];
  const judge = (batch: MessageBatch) => (batch.length > 200_000 ? tooLarge : null);
  const unknown = { messageBytesMax: async () => null };

  test('fails the stream, without a loop', async () => {
    const error = await deliver(fakeSink(judge), policyOf(unknown).policy, batches);
    expect(error).toMatchObject({ code: 'CDC_SINK_MESSAGE_TOO_LARGE', retryable: false });
    expect(error?.event?.id).toBe(idNo(2));
  });

  test.each(['dead_letter', 'truncate', 'skip'] as const)(
    'is learnt and then handled by %s',
    async (onTooLarge) => {
      const fake = fakeSink(judge);
      const { taken } = fake;
      const { policy } = policyOf({ ...unknown, onTooLarge });
      expect(await deliver(fake, policy, batches)).toBeNull();
      expect(taken.filter((item) => item !== 'orders:2' && !item.startsWith('t.'))).toEqual([
        'orders:1',
        'orders:3',
        'orders:4',
      ]);
    },
  );

  test('that can not be mended ends the stream after a few attempts', async () => {
    const { policy } = policyOf({ ...unknown, onTooLarge: 'truncate' });
    const error = await deliver(
      fakeSink(() => tooLarge),
      policy,
      batches,
    );
    expect(error).toMatchObject({ code: 'CDC_SINK_MESSAGE_TOO_LARGE', retryable: false });
  });
});

describe('a message that the sink refuses among others', () => {
  const batches = () => [batchOf([1], [2], [3]), batchOf([4])];
  const judge = (_batch: MessageBatch, values: readonly string[]) =>
    values.some((value) => value.includes('"action":"insert"') && value.includes(idNo(2))) ? refusal : null;

  test('is found by sending them one by one, and put into the dead letter topic', async () => {
    const fake = fakeSink(judge);
    const { taken } = fake;
    const { policy, told } = policyOf({ onError: 'dead_letter' });
    expect(await deliver(fake, policy, batches)).toBeNull();
    expect(taken.slice(-4)).toEqual(['orders:1', 't.dead_letter:2', 'orders:3', 'orders:4']);
    expect(told).toContain('dead_letter 2');
    expect(policy.searches).toBe(false);
  });

  test('is named when it ends the stream', async () => {
    const error = await deliver(fakeSink(judge), policyOf().policy, batches);
    expect(error).toMatchObject({
      code: 'CDC_SINK_MESSAGE_REFUSED',
      retryable: false,
      event: { id: idNo(2) },
    });
  });
});

test('batches that are looked at and batches that are not keep their order', async () => {
  const { sink, taken } = fakeSink();
  let answer: (limit: number) => void = () => {};
  const limit = new Promise<number>((resolve) => {
    answer = resolve;
  });
  const policed = new PolicySink(sink, policyOf({ messageBytesMax: () => limit, onTooLarge: 'skip' }).policy);
  const writes = [policed.write(batchOf([1, BIG])), policed.write(batchOf([2])), policed.write(batchOf([3]))];
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toEqual([]);
  answer(10_000_000);
  await Promise.all(writes);
  await policed.write(batchOf([4]));
  expect(taken).toEqual(['orders:1', 'orders:2', 'orders:3', 'orders:4']);
});
