import { kafkaSettings, kafkaSinkOptions } from '../../core/kafka/settings.ts';
import type { Sink } from '../../core/sink.ts';
import type { ResolvedTaskSpec } from '../../core/task-secrets.ts';
import { KafkaSink } from './kafka/kafka-sink.ts';

/** The sink of a task; each call makes a new one that is not connected yet. */
export function createSink(spec: ResolvedTaskSpec): Sink {
  const conf = spec.kafka_conf;
  return new KafkaSink(kafkaSettings(conf, `galaxy-${spec.task_id}`), kafkaSinkOptions(conf));
}
