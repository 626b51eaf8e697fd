import { toCdcError } from '../core/errors.ts';
import type { MessageBatch } from '../core/message-batch.ts';
import type { Sink } from '../core/sink.ts';
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

  constructor(sink: Sink, policy: MessagePolicy) {
    this.wants = sink.wants;
    this.#sink = sink;
    this.#policy = policy;
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
    const handedOver = (before ?? Promise.resolve())
      .then(() => this.#policy.apply(batch))
      // the acknowledgements are inside an object, so that waiting for the hand-over does not wait for them
      .then((batches) => ({ acks: batches.map((each) => this.#send(each)) }));
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

  async #send(batch: MessageBatch): Promise<void> {
    try {
      await this.#sink.write(batch);
    } catch (error) {
      throw this.#policy.refused(toCdcError(error), batch);
    }
  }
}
