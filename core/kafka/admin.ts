import { kafkaClient, PATIENT } from './client.ts';
import { kafkaError } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

export interface WantedTopic {
  readonly topic: string;
  /** Absent: the broker's default. */
  readonly partitions?: number;
  readonly replication?: number;
  /** Settings of the topic, as the broker names them. */
  readonly configs?: Readonly<Record<string, string>>;
}

/**
 * Makes the topics that are not there, with the partitions asked for, on a connection of its own: topics are made
 * rarely. CDC_SINK_TOPIC where that is refused.
 */
export async function ensureTopics(settings: KafkaSettings, wanted: readonly WantedTopic[]): Promise<void> {
  const names = wanted.map(({ topic }) => topic).join(', ');
  const admin = kafkaClient(settings, PATIENT).admin();
  try {
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: wanted.map(({ topic, partitions, replication, configs }) => ({
        topic,
        numPartitions: partitions ?? -1,
        replicationFactor: replication ?? -1,
        configEntries: Object.entries(configs ?? {}).map(([name, value]) => ({ name, value })),
      })),
    });
  } catch (error) {
    throw kafkaError(error, `making the topics ${names}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
