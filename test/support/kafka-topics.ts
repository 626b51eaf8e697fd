import { PATIENT, withAdmin } from '../../core/kafka/client.ts';
import { kafkaError } from '../../core/kafka/errors.ts';
import type { KafkaSettings } from '../../core/kafka/settings.ts';
import type { WantedTopic } from '../../runner/sinks/kafka/wire/create-topics.ts';

/** Makes topics that are not there, by another client than ours. */
export async function ensureTopics(settings: KafkaSettings, wanted: readonly WantedTopic[]): Promise<void> {
  const names = wanted.map(({ topic }) => topic).join(', ');
  try {
    await withAdmin(settings, PATIENT, (admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: wanted.map(({ topic, partitions, replication, configs }) => ({
          topic,
          numPartitions: partitions ?? -1,
          replicationFactor: replication ?? -1,
          configEntries: Object.entries(configs ?? {}).map(([name, value]) => ({ name, value })),
        })),
      }),
    );
  } catch (error) {
    throw kafkaError(error, `making the topics ${names}`);
  }
}
