import { drop } from '../../core/large-memory.ts';
import { EventWindow, firstEventEnd } from '../binlog/kernel/event-window.ts';
import type { Pipeline } from '../pipeline.ts';
import type { EventProcessor } from './event-processor.ts';

export interface EventReaderOptions {
  readonly processor: EventProcessor;
  readonly pipeline: Pipeline;
  /** The kernel's memory for events; null: they are read one by one. */
  readonly memory: Buffer | null;
  /** Nothing more is to be read. */
  readonly ends: () => boolean;
}

/**
 * Takes runs of events and brings them to the processor: through the window, many at a time, where it can go through them
 * so, else one by one. A transaction that has not come whole yet stays in the window as long as there is room.
 */
export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #window: EventWindow | null;

  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.#window = options.memory === null ? null : new EventWindow(options.memory);
  }

  /** Its bytes are free again when this resolves. */
  async take(run: Buffer): Promise<void> {
    const { processor, ends } = this.#options;
    const window = this.#window;
    for (let at = 0; at < run.length && !ends(); ) {
      let filled = at;
      if (window !== null && (!window.isEmpty || processor.walks?.way != null)) {
        filled = window.fill(run, at);
        await this.#work(window);
        if (filled === at) await this.#empty(window);
      }
      if (filled === at && window?.isEmpty !== false) {
        filled = firstEventEnd(run, at);
        const wait = this.#one(run.subarray(at, filled));
        if (wait !== undefined) await wait;
      }
      at = filled;
    }
  }

  /** The source has ended: what is in the window is all that there will be of its transaction. */
  async finish(): Promise<void> {
    if (this.#window !== null) await this.#empty(this.#window);
  }

  async #empty(window: EventWindow): Promise<void> {
    while (!window.isEmpty && !this.#options.ends()) {
      const wait = this.#one(window.take());
      if (wait !== undefined) await wait;
    }
  }

  /** Until nothing is in it but the beginning of a transaction. */
  async #work(window: EventWindow): Promise<void> {
    const { processor, pipeline, ends } = this.#options;
    while (!window.isEmpty && !ends()) {
      const { walks } = processor;
      const way = walks?.way ?? null;
      const stop = walks === null || way === null ? 'event' : walks.walk(window, way);
      if (pipeline.full) await pipeline.ready();
      if (stop === 'more') return;
      if (stop === 'full' || (stop === 'no-room' && pipeline.batch.count > 0)) pipeline.flush();
      else if (stop !== 'reached') {
        const wait = this.#one(window.take());
        if (wait !== undefined) await wait;
      }
    }
  }

  /** One event by itself. */
  #one(bytes: Buffer): Promise<void> | undefined {
    const { processor, pipeline, ends } = this.#options;
    const { length } = bytes;
    const wait = processor.handle(bytes);
    if (wait === undefined && !pipeline.full) {
      drop(length);
      return undefined;
    }
    return this.#settle(wait, length).then(() => (ends() ? undefined : pipeline.ready()));
  }

  async #settle(wait: Promise<void> | undefined, bytes: number): Promise<void> {
    await wait;
    drop(bytes);
  }
}
