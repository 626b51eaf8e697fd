import { type KafkaSettings, kafkaSinkOptions } from '../../core/kafka/settings.ts';
import type { Sink } from '../../core/sink.ts';
import type { ResolvedTaskSpec } from '../../core/task-secrets.ts';
import { KafkaSink } from './kafka/kafka-sink.ts';
import { TransactionalKafkaSink } from './kafka/transactional-sink.ts';

/** The sink of a task; each call makes a new one that is not connected yet. `guard` is asked before anything is sent. */
export function createSink(spec: ResolvedTaskSpec, settings: KafkaSettings, guard: () => void): Sink {
  const conf = spec.kafka_conf;
  if (conf.delivery === 'exactly_once') {
    return new TransactionalKafkaSink(settings, kafkaSinkOptions(conf), spec.task_id, guard);
  }
  return new KafkaSink(settings, kafkaSinkOptions(conf), guard);
}
