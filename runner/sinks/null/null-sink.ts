import type { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';

/** Takes everything and keeps nothing: for measuring. */
export class NullSink implements Sink {
  readonly wants = 'messages';

  async open(): Promise<void> {}

  async write(_batch: MessageBatch): Promise<void> {}

  async close(): Promise<void> {}
}
