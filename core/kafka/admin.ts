import type { Admin } from 'kafkajs';
import { kafkaError } from './errors.ts';

export interface WantedTopic {
  readonly topic: string;
  /** Absent: the broker's default. */
  readonly partitions?: number;
  readonly replication?: number;
}

/** Makes the topics that are not there, with the partitions asked for. CDC_SINK_TOPIC where that is refused. */
export async function ensureTopics(admin: Admin, wanted: readonly WantedTopic[]): Promise<void> {
  const names = wanted.map(({ topic }) => topic).join(', ');
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: wanted.map(({ topic, partitions, replication }) => ({
        topic,
        numPartitions: partitions ?? -1,
        replicationFactor: replication ?? -1,
      })),
    });
  } catch (error) {
    throw kafkaError(error, `making the topics ${names}`);
  }
}
