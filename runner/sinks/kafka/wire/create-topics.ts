/**
 * CreateTopics v4 (KIP-4, KIP-464), to the controller:
 *
 *   request   [name STRING, partitions INT32 (-1: the broker's default), replication INT16 (-1: likewise),
 *             [assignment] (none), [config: name STRING, value STRING]], timeout_ms INT32, validate_only BOOLEAN
 *   answer    throttle_ms INT32, [name STRING, error INT16, message STRING]
 */
import type { Api } from './connection.ts';
import type { RequestWriter } from './request-writer.ts';

export interface WantedTopic {
  readonly topic: string;
  /** Absent: the broker's default. */
  readonly partitions?: number;
  readonly replication?: number;
  /** Settings of the topic, as the broker names them. */
  readonly configs?: Readonly<Record<string, string>>;
}

export interface CreatedTopic {
  readonly topic: string;
  readonly code: number;
  readonly message: string;
}

export const CREATE_TOPICS: Api<readonly CreatedTopic[]> = {
  key: 19,
  version: 4,
  name: 'CreateTopics',
  read: (reader) => {
    reader.int32();
    return reader.array(() => ({
      topic: reader.string() ?? '',
      code: reader.int16(),
      message: reader.string() ?? '',
    }));
  },
};

const BROKERS_DEFAULT = -1;

export function writeCreateTopics(
  body: RequestWriter,
  wanted: readonly WantedTopic[],
  timeoutMs: number,
): void {
  body.array(wanted, ({ topic, partitions, replication, configs }) =>
    body
      .string(topic)
      .int32(partitions ?? BROKERS_DEFAULT)
      .int16(replication ?? BROKERS_DEFAULT)
      .array([], () => undefined)
      .array(Object.entries(configs ?? {}), ([name, value]) => body.string(name).string(value)),
  );
  body.int32(timeoutMs).boolean(false);
}
