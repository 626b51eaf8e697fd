import { type EventSkip, eventOf } from '../../core/event-skip.ts';

/** The events and messages that a stream leaves out; grows while it runs. */
export class EventSkips {
  readonly #events = new Map<string, EventSkip>();
  readonly #messages = new Map<string, EventSkip>();

  constructor(skips: readonly EventSkip[] = []) {
    this.update(skips);
  }

  /** Takes skips as the task item has them now. */
  update(skips: readonly EventSkip[]): void {
    for (const skip of skips)
      (eventOf(skip.id) === skip.id ? this.#events : this.#messages).set(skip.id, skip);
  }

  get hasEvents(): boolean {
    return this.#events.size > 0;
  }

  get hasMessages(): boolean {
    return this.#messages.size > 0;
  }

  event(id: string): EventSkip | null {
    return this.#events.get(id) ?? null;
  }

  message(id: string): EventSkip | null {
    return this.#messages.get(id) ?? null;
  }
}
