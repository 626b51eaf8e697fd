import type { Writable } from 'node:stream';
import { CdcError } from '../../../core/errors.ts';
import type { MessageBatch } from '../../../core/message-batch.ts';
import type { Sink } from '../../../core/sink.ts';

const NEWLINE = 0x0a;

/** JSON lines on a stream: the value, or with `withKey` `{"topic","key","value"}`, key and value as they are. */
export class StdoutSink implements Sink {
  readonly wants = 'messages';
  readonly #out: Writable;
  readonly #withKey: boolean;

  constructor(options: { out: Writable; withKey: boolean }) {
    this.#out = options.out;
    this.#withKey = options.withKey;
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  /** Resolves when the reader has taken the bytes: a pipe that is full holds the source back. */
  write(batch: MessageBatch): Promise<void> {
    const bytes = this.#withKey ? linesWithKey(batch) : lines(batch);
    return new Promise((resolve, reject) => {
      this.#out.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else
          reject(new CdcError('CDC_SINK_ERROR', `standard output: ${error.message}`, { retryable: false }));
      });
    });
  }
}

function lines(batch: MessageBatch): Buffer {
  const out = Buffer.allocUnsafe(batch.length + batch.count);
  let at = 0;
  for (let i = 0; i < batch.count; i += 1) {
    at += batch.bytes.copy(out, at, batch.keyEnd(i), batch.valueEnd(i));
    out[at] = NEWLINE;
    at += 1;
  }
  return out.subarray(0, at);
}

function linesWithKey(batch: MessageBatch): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < batch.count; i += 1) {
    const key = batch.hasKey(i)
      ? batch.bytes.subarray(batch.keyStart(i), batch.keyEnd(i))
      : Buffer.from('null');
    parts.push(
      Buffer.from(`{"topic":${JSON.stringify(batch.topics[batch.topicOf(i)])},"key":`),
      key,
      Buffer.from(',"value":'),
      batch.bytes.subarray(batch.keyEnd(i), batch.valueEnd(i)),
      Buffer.from('}\n'),
    );
  }
  return Buffer.concat(parts);
}
