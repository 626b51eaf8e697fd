import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster } from './cluster.ts';
import { brokerError, KAFKA, remedyOf } from './wire/error-codes.ts';
import { INIT_PRODUCER_ID, type ProducerId } from './wire/transactions.ts';

/** How long an open transaction may take before the broker aborts it; the next one where brokers allow less. */
const TRANSACTION_TIMEOUTS_MS = [300_000, 60_000, 10_000];
const WAIT_MS = 60_000;
const STEP_MS = 50;

/**
 * An id for an idempotent producer. With a transactional id its coordinator also ends what an older producer of that
 * id has left open, and fences that one off.
 */
export async function initProducerId(
  cluster: KafkaCluster,
  transactionalId: string | null,
): Promise<{ readonly producer: ProducerId; readonly timeoutMs: number }> {
  const endMs = performance.now() + WAIT_MS;
  let timeout = 0;
  for (;;) {
    const timeoutMs = TRANSACTION_TIMEOUTS_MS[timeout] ?? 10_000;
    const connection =
      transactionalId === null
        ? await cluster.any()
        : await cluster.node(await cluster.coordinator(transactionalId));
    const { code, producer } = await connection.send(INIT_PRODUCER_ID, (body) =>
      body.string(transactionalId).int32(timeoutMs),
    );
    if (code === 0) return { producer, timeoutMs };
    if (code === KAFKA.INVALID_TRANSACTION_TIMEOUT && timeout < TRANSACTION_TIMEOUTS_MS.length - 1) {
      timeout += 1;
      continue;
    }
    if (remedyOf(code) === 'end' || performance.now() > endMs) {
      throw brokerError(code, 'asking for a producer id');
    }
    await sleep(STEP_MS);
  }
}
