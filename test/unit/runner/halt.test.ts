import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';
import { Halt } from '../../../runner/halt.ts';
import { Pipeline } from '../../../runner/pipeline.ts';
import { orAborted } from '../../../runner/waits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pipeline that is full in front of a sink that never answers. */
function stuck(): Pipeline {
  const sink: Sink = {
    wants: 'messages',
    open: async () => {},
    write: () => new Promise(() => {}),
    close: async () => {},
  };
  const newBatch = (): MessageBatch => new MessageBatch(256);
  const pipeline = new Pipeline({
    sink,
    newBatch,
    batchBytesMax: 1,
    inFlightBytesMax: 1,
    onProgress: () => {},
  });
  pipeline.batch.add('topic', 'key', 'value');
  pipeline.written(1);
  return pipeline;
}

test('a sink that takes nothing more does not hold a stream that is to end', async () => {
  const pipeline = stuck();
  const stop = new AbortController();
  const halt = new Halt(stop.signal, pipeline);
  const waiting = pipeline.ready().then(
    () => 'room',
    (error: unknown) => error,
  );
  expect(halt.isWanted).toBe(false);
  stop.abort();
  expect(halt.isWanted).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await waiting).toMatchObject({ code: 'CDC_SINK_ERROR' });
  await expect(pipeline.ready()).rejects.toMatchObject({ code: 'CDC_SINK_ERROR' });
});

test('a stream that has ended in time interrupts nothing', async () => {
  const pipeline = stuck();
  const stop = new AbortController();
  const halt = new Halt(stop.signal, pipeline);
  stop.abort();
  halt.release();
  let rejected = false;
  pipeline.ready().catch(() => {
    rejected = true;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(rejected).toBe(false);
});

test('work that nobody waits for any more is left as soon as the signal aborts', async () => {
  const stop = new AbortController();
  const outcome = orAborted(new Promise(() => {}), stop.signal).catch((error: unknown) => error);
  stop.abort('enough');
  expect(await outcome).toBe('enough');
  expect(await orAborted(Promise.resolve(1), new AbortController().signal)).toBe(1);
});
