import { CdcError } from '../core/errors.ts';
import { kafkaSettings, kafkaSinkOptions } from '../core/kafka/settings.ts';
import { parseKafkaUrl } from '../core/kafka/url.ts';
import type { Sink } from '../core/sink.ts';
import { NullSink } from '../runner/sinks/null/null-sink.ts';
import { StdoutSink } from '../runner/sinks/stdout/stdout-sink.ts';
import type { CliIo } from './io.ts';
import { localAccess } from './local-access.ts';
import type { StreamCommandOptions } from './stream-options.ts';

const LATER = ['nsq', 'mongodb', 'elasticsearch'];

export interface SinkEnd {
  readonly createSink: () => Sink;
  /** Messages have keys that consumers go by. */
  readonly keyed: boolean;
  /** A topic template of the sink's URL. */
  readonly topic: string | undefined;
}

/** The sink of a `--sink` URL. */
export async function sinkFromUrl(
  url: string,
  options: Pick<StreamCommandOptions, 'withKey' | 'delivery' | 'taskId'>,
  io: CliIo,
): Promise<SinkEnd> {
  const { withKey, delivery, taskId } = options;
  if (url === 'stdout') {
    return {
      createSink: () => new StdoutSink({ out: io.stdout, withKey }),
      topic: undefined,
      keyed: withKey,
    };
  }
  if (url === 'null') return { createSink: () => new NullSink(), topic: undefined, keyed: true };
  const scheme = url.slice(0, Math.max(url.indexOf(':'), 0));
  if (scheme === 'kafka') {
    const conf = parseKafkaUrl(url);
    const settings = kafkaSettings(conf, 'galaxy-stream', localAccess(io.env));
    // loaded only here: the others need nothing of it
    const { KafkaSink } = await import('../runner/sinks/kafka/kafka-sink.ts');
    const { TransactionalKafkaSink } = await import('../runner/sinks/kafka/transactional-sink.ts');
    return {
      createSink: () =>
        delivery === 'exactly_once'
          ? new TransactionalKafkaSink(settings, kafkaSinkOptions(conf), taskId, () => undefined)
          : new KafkaSink(settings, kafkaSinkOptions(conf)),
      topic: conf.topic,
      keyed: true,
    };
  }
  if (LATER.includes(scheme))
    throw new CdcError('CDC_NOT_SUPPORTED', `the ${scheme} sink comes with a later version`);
  throw new CdcError('CDC_INVALID_REQUEST', `--sink ${scheme === '' ? url : scheme}: no such sink`, {
    hint: 'Write stdout, null or kafka://host:port.',
  });
}
