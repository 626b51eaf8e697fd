/**
 * Kafka's error codes (kafka.apache.org/protocol, "Error Codes"): those that a producer can meet, their names, and
 * what is to be done.
 *
 * - stale: the leader or the coordinator is another one now: ask for it again, then send again
 * - wait: the same again in a moment
 * - end: no repetition helps
 */
import { CdcError, type ErrorCode } from '../../../../core/errors.ts';

export type Remedy = 'stale' | 'wait' | 'end';

interface Known {
  readonly name: string;
  readonly remedy: Remedy;
  readonly code: ErrorCode;
}

const known = (name: string, remedy: Remedy, code: ErrorCode = 'CDC_SINK_ERROR'): Known => ({
  name,
  remedy,
  code,
});

export const KAFKA = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  MESSAGE_TOO_LARGE: 10,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TRANSACTION_TIMEOUT: 50,
  CONCURRENT_TRANSACTIONS: 51,
  OPERATION_NOT_ATTEMPTED: 55,
  UNKNOWN_PRODUCER_ID: 59,
  PRODUCER_FENCED: 90,
} as const;

const CODES: ReadonlyMap<number, Known> = new Map([
  [-1, known('UNKNOWN_SERVER_ERROR', 'wait')],
  [2, known('CORRUPT_MESSAGE', 'wait')],
  [KAFKA.UNKNOWN_TOPIC_OR_PARTITION, known('UNKNOWN_TOPIC_OR_PARTITION', 'stale', 'CDC_SINK_TOPIC')],
  [5, known('LEADER_NOT_AVAILABLE', 'stale', 'CDC_SINK_UNREACHABLE')],
  [6, known('NOT_LEADER_OR_FOLLOWER', 'stale', 'CDC_SINK_UNREACHABLE')],
  [7, known('REQUEST_TIMED_OUT', 'wait', 'CDC_SINK_UNREACHABLE')],
  [8, known('BROKER_NOT_AVAILABLE', 'stale', 'CDC_SINK_UNREACHABLE')],
  [9, known('REPLICA_NOT_AVAILABLE', 'wait', 'CDC_SINK_UNREACHABLE')],
  [KAFKA.MESSAGE_TOO_LARGE, known('MESSAGE_TOO_LARGE', 'end', 'CDC_SINK_MESSAGE_TOO_LARGE')],
  [13, known('NETWORK_EXCEPTION', 'wait', 'CDC_SINK_UNREACHABLE')],
  [14, known('COORDINATOR_LOAD_IN_PROGRESS', 'wait', 'CDC_SINK_UNREACHABLE')],
  [15, known('COORDINATOR_NOT_AVAILABLE', 'stale', 'CDC_SINK_UNREACHABLE')],
  [16, known('NOT_COORDINATOR', 'stale', 'CDC_SINK_UNREACHABLE')],
  [17, known('INVALID_TOPIC_EXCEPTION', 'end', 'CDC_SINK_TOPIC')],
  [18, known('RECORD_LIST_TOO_LARGE', 'end', 'CDC_SINK_MESSAGE_TOO_LARGE')],
  [19, known('NOT_ENOUGH_REPLICAS', 'wait', 'CDC_SINK_UNREACHABLE')],
  [20, known('NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'wait', 'CDC_SINK_UNREACHABLE')],
  [29, known('TOPIC_AUTHORIZATION_FAILED', 'end', 'CDC_SINK_TOPIC')],
  [31, known('CLUSTER_AUTHORIZATION_FAILED', 'end', 'CDC_SINK_ACCESS_DENIED')],
  [32, known('INVALID_TIMESTAMP', 'end', 'CDC_SINK_MESSAGE_REFUSED')],
  [33, known('UNSUPPORTED_SASL_MECHANISM', 'end', 'CDC_SINK_ACCESS_DENIED')],
  [34, known('ILLEGAL_SASL_STATE', 'end', 'CDC_SINK_ACCESS_DENIED')],
  [35, known('UNSUPPORTED_VERSION', 'end')],
  [KAFKA.TOPIC_ALREADY_EXISTS, known('TOPIC_ALREADY_EXISTS', 'wait', 'CDC_SINK_TOPIC')],
  [37, known('INVALID_PARTITIONS', 'end', 'CDC_SINK_TOPIC')],
  [38, known('INVALID_REPLICATION_FACTOR', 'end', 'CDC_SINK_TOPIC')],
  [40, known('INVALID_CONFIG', 'end', 'CDC_SINK_TOPIC')],
  [41, known('NOT_CONTROLLER', 'stale', 'CDC_SINK_UNREACHABLE')],
  [44, known('POLICY_VIOLATION', 'end', 'CDC_SINK_TOPIC')],
  [KAFKA.OUT_OF_ORDER_SEQUENCE_NUMBER, known('OUT_OF_ORDER_SEQUENCE_NUMBER', 'wait')],
  [KAFKA.DUPLICATE_SEQUENCE_NUMBER, known('DUPLICATE_SEQUENCE_NUMBER', 'wait')],
  [KAFKA.INVALID_PRODUCER_EPOCH, known('INVALID_PRODUCER_EPOCH', 'end')],
  [48, known('INVALID_TXN_STATE', 'end')],
  [49, known('INVALID_PRODUCER_ID_MAPPING', 'end')],
  [KAFKA.INVALID_TRANSACTION_TIMEOUT, known('INVALID_TRANSACTION_TIMEOUT', 'end')],
  [KAFKA.CONCURRENT_TRANSACTIONS, known('CONCURRENT_TRANSACTIONS', 'wait')],
  [52, known('TRANSACTION_COORDINATOR_FENCED', 'end')],
  [53, known('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'end', 'CDC_SINK_ACCESS_DENIED')],
  [KAFKA.OPERATION_NOT_ATTEMPTED, known('OPERATION_NOT_ATTEMPTED', 'wait')],
  [56, known('KAFKA_STORAGE_ERROR', 'stale', 'CDC_SINK_UNREACHABLE')],
  [58, known('SASL_AUTHENTICATION_FAILED', 'end', 'CDC_SINK_ACCESS_DENIED')],
  [KAFKA.UNKNOWN_PRODUCER_ID, known('UNKNOWN_PRODUCER_ID', 'wait')],
  [74, known('FENCED_LEADER_EPOCH', 'stale', 'CDC_SINK_UNREACHABLE')],
  [75, known('UNKNOWN_LEADER_EPOCH', 'stale', 'CDC_SINK_UNREACHABLE')],
  [76, known('UNSUPPORTED_COMPRESSION_TYPE', 'end')],
  [87, known('INVALID_RECORD', 'end', 'CDC_SINK_MESSAGE_REFUSED')],
  [89, known('THROTTLING_QUOTA_EXCEEDED', 'wait')],
  [KAFKA.PRODUCER_FENCED, known('PRODUCER_FENCED', 'end')],
  [120, known('TRANSACTION_ABORTABLE', 'end')],
]);

export function remedyOf(code: number): Remedy {
  return CODES.get(code)?.remedy ?? 'end';
}

const OTHER_PRODUCER =
  'Another producer uses the transactional id, or the transaction took too long. Two tasks of one id, of two ' +
  'installations of Galaxy, must not write to one cluster: give one of them another task_id.';

/** `what`: which request of ours was answered so. What waiting can mend must not end a task for good. */
export function brokerError(code: number, what: string, detail = ''): CdcError {
  const found = CODES.get(code);
  const name = found?.name ?? `error ${code}`;
  return new CdcError(
    found?.code ?? 'CDC_SINK_ERROR',
    `${what}: ${name}${detail === '' ? '' : ` (${detail})`}`,
    {
      ...(found !== undefined && found.remedy !== 'end' ? { retryable: true } : {}),
      ...(code === KAFKA.INVALID_PRODUCER_EPOCH || code === KAFKA.PRODUCER_FENCED
        ? { hint: OTHER_PRODUCER }
        : {}),
    },
  );
}
