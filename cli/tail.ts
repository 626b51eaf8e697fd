import { parseArgs } from 'node:util';
import { kafkaClient, PATIENT } from '../core/kafka/client.ts';
import { kafkaError } from '../core/kafka/errors.ts';
import { kafkaSettings } from '../core/kafka/settings.ts';
import { parseKafkaUrl } from '../core/kafka/url.ts';
import type { CliIo } from './io.ts';
import { localAccess } from './local-access.ts';
import { UsageError } from './usage-error.ts';

const HELP = `usage: galaxy tail --brokers HOST:PORT[,…] --topic NAME [options]

Messages as they come, a value a line.

  --brokers LIST     host:port, separated by commas; or a whole kafka:// URL with user, password and tls
  --topic NAMES      separated by commas; * stands for any characters
  --from-beginning   all that the topics hold, not only what comes from now on
  --with-key         {"topic","partition","offset","key","value"} a line
  --max N            end after N messages
`;

interface TailOptions {
  readonly url: string;
  readonly topics: readonly string[];
  readonly fromBeginning: boolean;
  readonly withKey: boolean;
  readonly max: number;
}

function readOptions(args: string[]): TailOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      brokers: { type: 'string' },
      topic: { type: 'string', multiple: true },
      'from-beginning': { type: 'boolean', default: false },
      'with-key': { type: 'boolean', default: false },
      max: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  if (values.brokers === undefined) throw new UsageError('--brokers is missing.');
  const topics = (values.topic ?? []).flatMap((text) => text.split(',')).filter((name) => name !== '');
  if (topics.length === 0) throw new UsageError('--topic is missing.');
  const max = values.max === undefined ? Number.POSITIVE_INFINITY : Number(values.max);
  if (!(max > 0)) throw new UsageError('--max must be a positive number.');
  return {
    url: values.brokers.startsWith('kafka://') ? values.brokers : `kafka://${values.brokers}`,
    topics,
    fromBeginning: values['from-beginning'],
    withKey: values['with-key'],
    max,
  };
}

const topicPattern = (name: string): string | RegExp =>
  name.includes('*')
    ? new RegExp(
        `^${name
          .split('*')
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      )
    : name;

/** Key and value are JSON already; what is not is shown as text. */
function jsonOrText(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  const text = bytes.toString('utf8');
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/** `galaxy tail`: shows topics until Ctrl-C. Reads in a group of its own and commits nothing. */
export async function tail(args: string[], io: CliIo): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    io.stdout.write(HELP);
    return 0;
  }
  const settings = kafkaSettings(parseKafkaUrl(options.url), 'galaxy-tail', localAccess(io.env));
  const client = kafkaClient(settings, PATIENT);
  const groupId = `galaxy-tail-${process.pid}-${Date.now()}`;
  const consumer = client.consumer({ groupId, sessionTimeout: 10_000, allowAutoTopicCreation: false });
  const done = new AbortController();
  let left = options.max;
  try {
    await consumer.connect();
    await consumer.subscribe({
      topics: options.topics.map(topicPattern),
      fromBeginning: options.fromBeginning,
    });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        if (left <= 0) return;
        left -= 1;
        const value = jsonOrText(message.value);
        const place = `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${message.offset}`;
        io.stdout.write(
          options.withKey ? `${place},"key":${jsonOrText(message.key)},"value":${value}}\n` : `${value}\n`,
        );
        if (left === 0) done.abort();
      },
    });
    await new Promise<void>((resolve) => {
      AbortSignal.any([io.signal, done.signal]).addEventListener('abort', () => resolve(), { once: true });
      if (io.signal.aborted) resolve();
    });
    return 0;
  } catch (error) {
    throw kafkaError(error, 'reading from Kafka');
  } finally {
    await consumer.disconnect().catch(() => undefined);
    const admin = client.admin();
    await admin
      .connect()
      .then(() => admin.deleteGroups([groupId]))
      .catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}
