import { setTimeout as sleep } from 'node:timers/promises';
import { type CdcError, toCdcError } from '../../../core/errors.ts';
import type { KafkaCluster } from './cluster.ts';
import type { PartitionState } from './outgoing.ts';
import type { Api } from './wire/connection.ts';
import { brokerError, KAFKA, remedyOf } from './wire/error-codes.ts';
import type { RequestWriter } from './wire/request-writer.ts';
import { ADD_PARTITIONS, END_TRANSACTION, type ProducerId } from './wire/transactions.ts';

export interface TransactionOptions {
  readonly cluster: KafkaCluster;
  readonly transactionalId: string;
  readonly producer: ProducerId;
  readonly guard: () => void;
}

const DEADLINE_MS = 60_000;
/** A topic that is not there for so long was deleted: a sink that is opened anew makes it again. */
const GONE_MS = 5_000;
const STEP_FIRST_MS = 2;
const STEP_MAX_MS = 500;

/** The transactions of one producer at their coordinator, one after the other. Its requests may all be repeated. */
export class Transaction {
  readonly #options: TransactionOptions;
  #coordinator: number | null = null;
  /** When its first partition was taken in; null: none is open. By performance.now(). */
  openedAtMs: number | null = null;

  constructor(options: TransactionOptions) {
    this.#options = options;
  }

  /** Takes partitions in; opens the transaction where none is. */
  async add(partitions: readonly PartitionState[]): Promise<void> {
    this.openedAtMs ??= performance.now();
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
    await this.#ask('adding partitions to the transaction', async (send) => {
      const codes = await send(ADD_PARTITIONS, (body) =>
        body.array(topics, ([topic, ofTopic]) =>
          body.string(topic).array(ofTopic, ({ index }) => body.int32(index)),
        ),
      );
      // one that is refused keeps the others from being tried
      const failed = codes.filter((code) => code !== 0);
      return failed.find((code) => code !== KAFKA.OPERATION_NOT_ATTEMPTED) ?? failed[0] ?? 0;
    });
  }

  /** Commits or aborts. When an answer is lost it asks again: a coordinator that has done it says so. */
  async end(commit: boolean): Promise<void> {
    if (this.openedAtMs === null) return;
    await this.#ask(commit ? 'committing the transaction' : 'aborting the transaction', (send) =>
      send(END_TRANSACTION, (body) => body.boolean(commit)),
    );
    this.openedAtMs = null;
  }

  async #ask(
    what: string,
    ask: (
      send: <Answer>(api: Api<Answer>, rest: (body: RequestWriter) => void) => Promise<Answer>,
    ) => Promise<number>,
  ): Promise<void> {
    const { transactionalId, producer } = this.#options;
    const beganAtMs = performance.now();
    for (let stepMs = STEP_FIRST_MS; ; stepMs = Math.min(stepMs * 2, STEP_MAX_MS)) {
      const failure = await this.#once(what, async () => {
        const connection = await this.#connection();
        return ask((api, rest) =>
          connection.send(api, (body) => {
            body.string(transactionalId).int64(producer.id).int16(producer.epoch);
            rest(body);
          }),
        );
      });
      if (failure === null) return;
      const patienceMs = failure.code === KAFKA.UNKNOWN_TOPIC_OR_PARTITION ? GONE_MS : DEADLINE_MS;
      if (!failure.again || performance.now() - beganAtMs > patienceMs) throw failure.error;
      await sleep(stepMs);
    }
  }

  async #once(
    what: string,
    ask: () => Promise<number>,
  ): Promise<{ readonly error: CdcError; readonly code: number; readonly again: boolean } | null> {
    this.#options.guard();
    try {
      const code = await ask();
      if (code === 0) return null;
      const remedy = remedyOf(code);
      if (remedy === 'stale') this.#coordinator = null;
      return { error: brokerError(code, what), code, again: remedy !== 'end' };
    } catch (error) {
      this.#coordinator = null;
      const failure = toCdcError(error);
      return { error: failure, code: 0, again: failure.retryable };
    }
  }

  async #connection() {
    const { cluster, transactionalId } = this.#options;
    this.#coordinator ??= await cluster.coordinator(transactionalId);
    return cluster.node(this.#coordinator);
  }
}
