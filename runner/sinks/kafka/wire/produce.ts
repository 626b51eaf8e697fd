/**
 * Produce v7: record batches to the partitions that one broker leads.
 *
 *   request   transactional_id STRING, acks INT16, timeout_ms INT32, [topic STRING, [index INT32, records RECORDS]]
 *   answer    [topic STRING, [index INT32, error INT16, base_offset INT64, log_append_ms INT64, log_start INT64]],
 *             throttle_ms INT32
 */
import type { Api } from './connection.ts';
import type { RequestWriter } from './request-writer.ts';

export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
}

export const PRODUCE: Api<readonly ProducedPartition[]> = {
  key: 0,
  version: 7,
  name: 'Produce',
  read: (reader) => {
    const produced: ProducedPartition[] = [];
    reader.array(() => {
      const topic = reader.string() ?? '';
      reader.array(() => {
        const partition = reader.int32();
        const code = reader.int16();
        for (let skipped = 0; skipped < 3; skipped += 1) reader.int64();
        produced.push({ topic, partition, code });
      });
    });
    reader.int32();
    return produced;
  },
};

export interface ProducePart {
  readonly topic: string;
  readonly partition: number;
  /** One record batch, in pieces. */
  readonly records: readonly Buffer[];
}

/** `parts`: at most one of each partition. */
export function writeProduce(
  body: RequestWriter,
  parts: readonly ProducePart[],
  options: { readonly transactionalId: string | null; readonly timeoutMs: number },
): void {
  const topics = Map.groupBy(parts, ({ topic }) => topic);
  body.string(options.transactionalId).int16(-1).int32(options.timeoutMs);
  body.array([...topics], ([topic, ofTopic]) => {
    body.string(topic);
    body.array(ofTopic, ({ partition, records }) => body.int32(partition).bytes(records));
  });
}
