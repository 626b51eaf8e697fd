import { unreachable } from '../core/assert.ts';
import type { TaskRecord } from '../core/task.ts';
import { MessagePolicy } from './message-policy.ts';
import type { RunReport } from './run-report.ts';
import { EventPolicy, type OnUndelivered } from './source/event-policy.ts';
import { EventSkips } from './source/event-skips.ts';

export interface TaskPolicies {
  readonly skips: EventSkips;
  readonly events: EventPolicy;
  readonly messages: MessagePolicy;
}

/** A dead letter of rows that would be larger holds only where they are. */
const LETTER_BYTES = 900_000;

const WORDS = {
  dropped: 'left out',
  dead_letter: 'put into the dead letter topic',
  truncated: 'truncated',
} as const;

/** Counts what is not delivered as it stands in the log, and writes it into the history at a bounded rate. */
function undelivered(report: RunReport): OnUndelivered {
  const { counts } = report;
  return (kind, { id, reason }) => {
    const details = { id, reason };
    switch (kind) {
      case 'skipped':
        counts.skipped += 1;
        void report.note({ kind: 'event_skipped', message: `left out event ${id}: ${reason}`, details });
        return;
      case 'dropped':
        counts.skipped += 1;
        break;
      case 'dead_letter':
        counts.deadLetters += 1;
        break;
      case 'truncated':
        counts.truncated += 1;
        break;
      default:
        unreachable(kind);
    }
    report.noteRarely(kind, { kind: 'warning', message: `${WORDS[kind]}: event ${id}: ${reason}`, details });
  };
}

/** What the task wants of events and messages that can not be delivered as they are. */
export function taskPolicies(
  task: TaskRecord,
  report: RunReport,
  messageBytesMax: (topic: string) => Promise<number | null>,
): TaskPolicies {
  const { spec, taskId } = task;
  const skips = new EventSkips(task.skips ?? []);
  const onUndelivered = undelivered(report);
  const onError = spec.on_error ?? 'fail';
  const deadLetterTopic = spec.kafka_conf.dead_letter_topic ?? `${taskId}.dead_letter`;
  const shared = { taskId, skips, onError, deadLetterTopic, onUndelivered };
  return {
    skips,
    events: new EventPolicy({ ...shared, deadLetterBytesMax: LETTER_BYTES }),
    messages: new MessagePolicy({
      ...shared,
      onTooLarge: spec.on_too_large ?? 'fail',
      truncateColumns: spec.truncate_columns ?? [],
      messageBytesMax,
      compresses: (spec.kafka_conf.compression ?? 'none') !== 'none',
    }),
  };
}
