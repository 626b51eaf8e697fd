/**
 * Metadata v5: which brokers there are, and who leads which partition.
 *
 *   request   [topic STRING] (null: all), allow_auto_topic_creation BOOLEAN
 *   answer    throttle_ms INT32, [broker: node INT32, host STRING, port INT32, rack STRING], cluster_id STRING,
 *             controller INT32, [topic: error INT16, name STRING, internal BOOLEAN, [partition: error INT16,
 *             index INT32, leader INT32, [replica INT32], [isr INT32], [offline INT32]]]
 */
import type { Api } from './connection.ts';

export interface BrokerAddress {
  readonly node: number;
  readonly host: string;
  readonly port: number;
}

export interface TopicMetadata {
  readonly code: number;
  readonly topic: string;
  /** Node that leads each partition, by its index; -1 where none does. */
  readonly leaders: readonly number[];
}

export interface ClusterMetadata {
  readonly brokers: readonly BrokerAddress[];
  /** Node that takes changes of topics; -1 where there is none for now. */
  readonly controller: number;
  readonly topics: readonly TopicMetadata[];
}

export const METADATA: Api<ClusterMetadata> = {
  key: 3,
  version: 5,
  name: 'Metadata',
  read: (reader) => {
    reader.int32();
    const brokers = reader.array(() => {
      const address = { node: reader.int32(), host: reader.string() ?? '', port: reader.int32() };
      reader.string();
      return address;
    });
    reader.string();
    const controller = reader.int32();
    const topics = reader.array(() => {
      const code = reader.int16();
      const topic = reader.string() ?? '';
      reader.boolean();
      const leaders: number[] = [];
      reader.array(() => {
        const error = reader.int16();
        const index = reader.int32();
        const leader = reader.int32();
        for (let list = 0; list < 3; list += 1) reader.array(() => reader.int32());
        // 9: a replica is away, the leader is there
        leaders[index] = error === 0 || error === 9 ? leader : -1;
      });
      return { code, topic, leaders: Array.from(leaders, (leader) => leader ?? -1) };
    });
    return { brokers, controller, topics };
  },
};
