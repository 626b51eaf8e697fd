import { expect, test } from 'vitest';
import { CdcError } from '../../../core/errors.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';
import { Pipeline } from '../../../runner/pipeline.ts';

interface Write {
  readonly count: number;
  resolve(): void;
  reject(error: unknown): void;
}

function heldSink(): { sink: Sink; writes: Write[] } {
  const writes: Write[] = [];
  return {
    writes,
    sink: {
      wants: 'messages',
      open: async () => undefined,
      close: async () => undefined,
      write: (batch: MessageBatch) =>
        new Promise((resolve, reject) => writes.push({ count: batch.count, resolve, reject })),
    },
  };
}

function pipelineOver(sink: Sink, limits: { batch?: number; inFlight?: number } = {}) {
  const progress: { position: number; rows: number }[] = [];
  const pipeline = new Pipeline({
    sink,
    batchBytesMax: limits.batch ?? 1_000,
    inFlightBytesMax: limits.inFlight ?? 10_000,
    onProgress: (at, rows) => progress.push({ position: at.position, rows }),
  });
  const row = (position: number): void => {
    pipeline.batch.add('t', '{"id":1}', 'x'.repeat(100));
    pipeline.written(1);
    pipeline.boundary({ file: 'f.000001', position, gtids: [], sourceTimeMs: null });
  };
  return { pipeline, progress, row };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('the first message goes out at once, later ones wait for its acknowledgement and go together', async () => {
  const { sink, writes } = heldSink();
  const { pipeline, progress, row } = pipelineOver(sink);
  row(10);
  pipeline.flushIfIdle();
  row(20);
  pipeline.flushIfIdle();
  row(30);
  pipeline.flushIfIdle();
  expect(writes.map((write) => write.count)).toEqual([1]);
  writes[0]?.resolve();
  await settle();
  expect(writes.map((write) => write.count)).toEqual([1, 2]);
  expect(progress).toEqual([{ position: 10, rows: 1 }]);
});

test('the source waits while the bytes in flight are over the budget', async () => {
  const { sink, writes } = heldSink();
  const { pipeline, row } = pipelineOver(sink, { batch: 100, inFlight: 250 });
  for (let position = 1; position <= 3; position += 1) row(position);
  expect(pipeline.full).toBe(true);
  let room = false;
  const waiting = pipeline.ready().then(() => {
    room = true;
  });
  await settle();
  expect(room).toBe(false);
  writes[0]?.resolve();
  await waiting;
  expect(pipeline.full).toBe(false);
});

test('a sink that fails ends the pipeline with its error and moves no boundary past the failure', async () => {
  const { sink, writes } = heldSink();
  const { pipeline, progress, row } = pipelineOver(sink, { batch: 100 });
  row(1);
  row(2);
  writes[0]?.reject(new CdcError('CDC_SINK_ERROR', 'no'));
  writes[1]?.resolve();
  await settle();
  expect(pipeline.failed.aborted).toBe(true);
  expect(progress).toEqual([]);
  await expect(pipeline.drain()).rejects.toMatchObject({ code: 'CDC_SINK_ERROR' });
});

test('a drain waits for everything, the batch that is still being filled too', async () => {
  const { sink, writes } = heldSink();
  const { pipeline, progress, row } = pipelineOver(sink);
  row(1);
  pipeline.flush();
  row(2);
  const drained = pipeline.drain();
  await settle();
  for (const write of writes) write.resolve();
  await drained;
  expect(progress.at(-1)).toEqual({ position: 2, rows: 1 });
});
