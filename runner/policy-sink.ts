import { type CdcError, toCdcError } from '../core/errors.ts';
import type { MessageBatch } from '../core/message-batch.ts';
import type { Sink, SinkMarks } from '../core/sink.ts';
import type { MessagePolicy } from './message-policy.ts';

/**
 * Looks at what a sink would refuse before it is sent, and does with it what the task wants. Batches without a large
 * message, the rule, pass untouched. What the sink refuses all the same is learnt: the stream then goes back to what
 * is acknowledged, and the message that was refused is handled the second time. A message is learnt once, so that this
 * ends.
 */
export class PolicySink implements Sink {
  readonly wants: Sink['wants'];
  readonly #sink: Sink;
  readonly #policy: MessagePolicy;
  /** The hand-over of a batch that has to be looked at first; later ones wait behind it. */
  #handingOver: Promise<unknown> | null = null;

  readonly #pending = new Set<MessageBatch>();
  /** What the first refusal came to: all that was pending fails with it. */
  #failure: CdcError | null = null;

  constructor(sink: Sink, policy: MessagePolicy) {
    this.wants = sink.wants;
    this.#sink = sink;
    this.#policy = policy;
  }

  get marks(): SinkMarks | undefined {
    return this.#sink.marks;
  }

  open(): Promise<void> {
    return this.#sink.open();
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  write(batch: MessageBatch): Promise<void> {
    const before = this.#handingOver;
    if (before === null && !this.#policy.looksAt(batch)) return this.#send(batch);
    const handedOver = (before ?? Promise.resolve()).then(() => this.#handOver(batch));
    this.#handingOver = handedOver;
    handedOver.then(
      ({ acks }) => {
        for (const ack of acks) ack.catch(() => undefined);
        if (this.#handingOver === handedOver) this.#handingOver = null;
      },
      () => undefined,
    );
    return handedOver.then(async ({ acks }) => {
      await Promise.all(acks);
    });
  }

  /** The acknowledgements are inside an object, so that waiting for the hand-over does not wait for them. */
  async #handOver(batch: MessageBatch): Promise<{ readonly acks: readonly Promise<void>[] }> {
    const acks: Promise<void>[] = [];
    for (const each of await this.#policy.apply(batch)) {
      const ack = this.#send(each);
      acks.push(ack);
      if (this.#policy.searches) await ack;
    }
    return { acks };
  }

  async #send(batch: MessageBatch): Promise<void> {
    this.#pending.add(batch);
    try {
      await this.#sink.write(batch);
    } catch (error) {
      this.#failure ??= this.#policy.refused(toCdcError(error), this.#pending);
      throw this.#failure;
    }
    this.#pending.delete(batch);
    this.#policy.delivered(batch);
  }
}
