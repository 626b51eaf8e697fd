import { zstdCompressSync } from 'node:zlib';
import { CdcError } from '../core/errors.ts';
import { MessageBatch } from '../core/message-batch.ts';
import type { TaskSpec } from '../core/task-spec.ts';
import { headerOf, idOf, placeOf } from './format/message-id.ts';
import type { OnUndelivered } from './source/event-policy.ts';
import type { EventSkips } from './source/event-skips.ts';
import { truncateMessage } from './truncate-message.ts';

export interface MessagePolicyOptions {
  readonly taskId: string;
  readonly skips: EventSkips;
  readonly onError: NonNullable<TaskSpec['on_error']>;
  readonly onTooLarge: NonNullable<TaskSpec['on_too_large']>;
  readonly truncateColumns: readonly string[];
  readonly deadLetterTopic: string;
  /** What one message of a topic may have, key and value, in bytes; null where nobody tells. */
  readonly messageBytesMax: (topic: string) => Promise<number | null>;
  /** The limit counts after compression. */
  readonly compresses: boolean;
  readonly onUndelivered: OnUndelivered;
}

/** Smaller messages are too large for no sink: only these are looked at. */
const LARGE_BYTES = 256 * 1024;
/** For a dead letter where the limit of its topic is not known: Kafka's default is 1 MiB. */
const LETTER_BYTES = 900_000;
/** A message that is still refused after so many attempts to mend it ends the stream. */
const ATTEMPTS_MAX = 6;

interface Message {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer;
  readonly bytes: number;
}

function messageAt(batch: MessageBatch, index: number): Message {
  const keyEnd = batch.keyEnd(index);
  const keyStart = batch.keyStart(index);
  const valueEnd = batch.valueEnd(index);
  return {
    topic: batch.topics[batch.topicOf(index)] ?? '',
    key: batch.hasKey(index) ? batch.bytes.toString('utf8', keyStart, keyEnd) : null,
    value: batch.bytes.subarray(keyEnd, valueEnd),
    bytes: valueEnd - keyStart,
  };
}

function largestOf(batch: MessageBatch): number {
  let largest = 0;
  const bytesOf = (index: number): number => batch.valueEnd(index) - batch.keyStart(index);
  for (let index = 1; index < batch.count; index += 1) if (bytesOf(index) > bytesOf(largest)) largest = index;
  return largest;
}

/** The messages in batches again, each of those that are `alone` in one of its own; null: left out. */
function rebuilt(
  batch: MessageBatch,
  messages: readonly (Message | null)[],
  alone: readonly boolean[],
): MessageBatch[] {
  const { commit, endMark } = batch;
  const batches: MessageBatch[] = [];
  let open = new MessageBatch();
  const close = (): void => {
    if (open.count > 0 || open.commit !== null) batches.push(open);
    open = new MessageBatch();
  };
  const end = (): void => {
    if (commit === null) return;
    const last = open.count > 0 ? open : (batches.at(-1) ?? open);
    last.commit = { messages: last.count, mark: commit.mark };
  };
  for (const [index, message] of messages.entries()) {
    if (commit?.messages === index) end();
    if (alone[index] === true) close();
    if (message !== null) open.addBytes(message.topic, message.key, message.value);
    if (alone[index] === true) close();
  }
  if (commit?.messages === batch.count) end();
  close();
  const last = batches.at(-1);
  if (last !== undefined) last.endMark = endMark;
  return batches;
}

/** What a task wants of messages that its sink does not take; one for a run, over all of its sink's lives. */
export class MessagePolicy {
  readonly #options: MessagePolicyOptions;
  readonly #limits = new Map<string, number | null>();
  /** Messages that the sink refused, by id, and how often. */
  readonly #refused = new Map<string, { readonly error: CdcError; readonly attempts: number }>();
  /** Messages of a batch that was refused as a whole: sent one by one, to find the one. */
  readonly #suspects = new Set<string>();

  constructor(options: MessagePolicyOptions) {
    this.#options = options;
  }

  looksAt(batch: MessageBatch): boolean {
    if (this.#options.skips.hasMessages || this.#refused.size > 0 || this.#suspects.size > 0) return true;
    if (batch.length <= LARGE_BYTES) return false;
    const largest = largestOf(batch);
    return batch.valueEnd(largest) - batch.keyStart(largest) > LARGE_BYTES;
  }

  /** The batches to send in its place, in order. Rejects with what the policy lets end the stream. */
  async apply(batch: MessageBatch): Promise<MessageBatch[]> {
    const messages: (Message | null)[] = [];
    const alone: boolean[] = [];
    let isAsItWas = true;
    for (let index = 0; index < batch.count; index += 1) {
      const message = messageAt(batch, index);
      const id = idOf(message.value);
      const instead = await this.#instead(message, id);
      messages.push(instead);
      alone.push(this.#suspects.has(id));
      if (instead !== message || alone[index] === true) isAsItWas = false;
    }
    // most often: large, but not too large. Copies of what is large are dear.
    return isAsItWas ? [batch] : rebuilt(batch, messages, alone);
  }

  /** Whether batches are sent one after the other, so that a refusal tells which one it is for. */
  get searches(): boolean {
    return this.#suspects.size > 0;
  }

  /**
   * What comes of an error of the sink, while `pending` were on their way: retryable where the policy can mend it at
   * the next try. A sink fails all that is pending with one error, so which message it is may have to be found out.
   */
  refused(error: CdcError, pending: Iterable<MessageBatch>): CdcError {
    const tooLarge = error.code === 'CDC_SINK_MESSAGE_TOO_LARGE';
    if (!tooLarge && error.code !== 'CDC_SINK_MESSAGE_REFUSED') return error;
    const messages = [...pending].flatMap((batch) =>
      Array.from({ length: batch.count }, (_, index) => messageAt(batch, index)),
    );
    const large = messages.filter(({ bytes }) => bytes > LARGE_BYTES);
    const [culprit, ...others] = tooLarge && large.length === 1 ? large : messages;
    if (culprit === undefined) return error;
    if (others.length > 0) {
      const ids = messages.map(({ value }) => idOf(value)).filter((id) => id !== '');
      if (ids.every((id) => this.#suspects.has(id))) return error;
      for (const suspect of ids) this.#suspects.add(suspect);
      return again(error);
    }
    return this.#learn(error, culprit);
  }

  /** The sink has taken it: none of its messages is suspect any more. */
  delivered(batch: MessageBatch): void {
    if (this.#suspects.size === 0) return;
    for (let index = 0; index < batch.count; index += 1) {
      this.#suspects.delete(idOf(messageAt(batch, index).value));
    }
  }

  #learn(error: CdcError, message: Message): CdcError {
    const { onError, onTooLarge } = this.#options;
    const how = error.code === 'CDC_SINK_MESSAGE_TOO_LARGE' ? onTooLarge : onError;
    const id = idOf(message.value);
    const placed = this.#placed(error, message);
    const attempts = (this.#refused.get(id)?.attempts ?? 0) + 1;
    if (how === 'fail' || id === '' || attempts > ATTEMPTS_MAX) return placed;
    this.#refused.set(id, { error: placed, attempts });
    return again(placed);
  }

  async #instead(message: Message, id: string): Promise<Message | null> {
    const skip = this.#options.skips.message(id);
    if (skip !== null) {
      this.#options.onUndelivered('skipped', { id, reason: skip.reason });
      return null;
    }
    const refused = this.#refused.get(id);
    if (refused !== undefined) {
      this.#suspects.delete(id);
      const bytesMax = Math.floor(message.bytes / 2 ** refused.attempts);
      return await this.#mend(refused.error, message, id, bytesMax, 0);
    }
    if (message.bytes <= LARGE_BYTES) return message;
    const limit = await this.#limitOf(message.topic);
    if (limit === null || this.#sentBytes(message, limit) <= limit) return message;
    const what = `a message of ${message.bytes} bytes for ${message.topic}, which takes ${limit}`;
    const error = this.#placed(new CdcError('CDC_SINK_MESSAGE_TOO_LARGE', what), message);
    return await this.#mend(error, message, id, limit, LETTER_BYTES);
  }

  /** `letterBytes`: what a dead letter may have where its topic does not tell. */
  async #mend(
    error: CdcError,
    message: Message,
    id: string,
    bytesMax: number,
    letterBytes: number,
  ): Promise<Message | null> {
    const { onError, onTooLarge, truncateColumns, onUndelivered } = this.#options;
    const how = error.code === 'CDC_SINK_MESSAGE_TOO_LARGE' ? onTooLarge : onError;
    const reason = `${error.code}: ${error.message}`;
    if (how === 'fail') throw error;
    if (how === 'skip') {
      onUndelivered('dropped', { id, reason });
      return null;
    }
    if (how === 'dead_letter') {
      const letter = await this.#deadLetter(error, message, id, letterBytes);
      onUndelivered('dead_letter', { id, reason });
      return letter;
    }
    const room = bytesMax - (message.bytes - message.value.length);
    const cut = truncateMessage(message.value, truncateColumns, room);
    if (cut === null) throw error;
    onUndelivered('truncated', { id, reason: `${reason}; cut ${cut.columns.join(', ')}` });
    return { ...message, value: cut.value };
  }

  /** Everything to find the row in the log, and the message itself where the topic takes it. */
  async #deadLetter(error: CdcError, message: Message, id: string, letterBytes: number): Promise<Message> {
    const { taskId, deadLetterTopic } = this.#options;
    const limit = (await this.#limitOf(deadLetterTopic)) ?? letterBytes;
    const fields = {
      action: 'dead_letter',
      task_id: taskId,
      id,
      topic: message.topic,
      code: error.code,
      message: error.message,
      event_header: headerOf(message.value),
      key: message.key,
      bytes: message.bytes,
    };
    const whole = JSON.stringify({ ...fields, value: message.value.toString('utf8') });
    const fits = Buffer.byteLength(whole) + 256 <= limit;
    const value = Buffer.from(fits ? whole : JSON.stringify({ ...fields, value: null }));
    const key = JSON.stringify({ id });
    return { topic: deadLetterTopic, key, value, bytes: key.length + value.length };
  }

  /** A batch of it alone, as it goes over the wire. zstd is a fair guess for the other codecs. */
  #sentBytes(message: Message, limit: number): number {
    if (!this.#options.compresses || message.bytes <= limit) return message.bytes;
    return zstdCompressSync(message.value).length;
  }

  async #limitOf(topic: string): Promise<number | null> {
    const known = this.#limits.get(topic);
    if (known !== undefined) return known;
    const limit = await this.#options.messageBytesMax(topic);
    this.#limits.set(topic, limit);
    return limit;
  }

  #placed(error: CdcError, { key, value, topic, bytes }: Message): CdcError {
    const event = placeOf(value);
    const { code, message, cause } = error;
    const which = `${event?.id ?? 'a message without id'}, ${bytes} bytes for ${topic}, key ${key?.slice(0, 200) ?? 'none'}`;
    const hint = `${error.hint} on_too_large and on_error decide what else may be done; POST /v1/skip_event leaves it out.`;
    return new CdcError(code, `${message} (${which})`, { hint, cause, ...(event === null ? {} : { event }) });
  }
}

function again(error: CdcError): CdcError {
  const { code, message, hint, event } = error;
  return new CdcError(code, message, {
    hint,
    retryable: true,
    cause: error,
    ...(event === undefined ? {} : { event }),
  });
}
