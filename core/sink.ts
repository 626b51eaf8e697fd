import type { MessageBatch } from './message-batch.ts';

/**
 * A sink that makes batches visible as transactions and keeps with them how far they reach: `MessageBatch.commit` and
 * `endMark` are for it, and a write resolves when its commit, if it has one, is visible and the rest is stored.
 */
export interface SinkMarks {
  /** The mark of what is visible last, as `open` found it; null where there is none. */
  readonly last: string | null;
}

/**
 * Port: where messages go.
 *
 * Delivery contract. `write` takes a batch and resolves when every message of it is durable in the sink; it
 * then never touches the batch again. The caller may start further writes before the first has resolved, up
 * to its own budget in bytes; batches may be acknowledged in any order, but within one key (and one
 * partition) messages become visible in the order of the calls. A failed `write` rejects with a CdcError:
 * retryable means that waiting may help and that the caller will reopen the sink and write everything that
 * was not acknowledged again, in order; the sink retries what it can by itself first. After a rejection every
 * other pending write rejects too, so that nothing overtakes what failed.
 */
export interface Sink {
  /** `messages`: encoded key and value bytes. `rows`: decoded rows (document stores; later). */
  readonly wants: 'messages' | 'rows';
  /** Exactly once: present where the sink keeps marks. */
  readonly marks?: SinkMarks | undefined;
  /** Connects; rejects with a CdcError that says whether waiting can help. */
  open(): Promise<void>;
  write(batch: MessageBatch): Promise<void>;
  /** Waits for what is in flight and disconnects. Does not reject. */
  close(): Promise<void>;
}
