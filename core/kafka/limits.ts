import kafkajs from 'kafkajs';
import { QUICK, withAdmin } from './client.ts';
import type { KafkaSettings } from './settings.ts';

const { ConfigResourceTypes } = kafkajs;
const SETTING = 'max.message.bytes';

/** The largest batch that a topic takes, in bytes; null where the brokers do not tell (they need DESCRIBE_CONFIGS). */
export async function topicBatchBytesMax(settings: KafkaSettings, topic: string): Promise<number | null> {
  try {
    const { resources } = await withAdmin(settings, QUICK, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [SETTING] }],
      }),
    );
    const entry = resources[0]?.configEntries.find(({ configName }) => configName === SETTING);
    const bytes = Number(entry?.configValue);
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
  } catch {
    return null;
  }
}
