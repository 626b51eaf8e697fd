import { CdcError } from '../core/errors.ts';
import type { Pipeline } from './pipeline.ts';

/** A sink that takes nothing for so long once the stream is to end is not waited for. */
const FULL_TIMEOUT_MS = 5_000;

/**
 * Whether a stream is to end, at hand for every event: a signal that is made of others takes its time. A sink that
 * takes nothing more does not hold it then.
 */
export class Halt {
  isWanted: boolean = false;
  readonly #signal: AbortSignal;
  readonly #pipeline: Pick<Pipeline, 'interrupt'>;
  #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => {
    this.isWanted = true;
    const error = new CdcError('CDC_SINK_ERROR', 'the stream is to end, and the sink takes nothing more');
    this.#timer = setTimeout(() => this.#pipeline.interrupt(error), FULL_TIMEOUT_MS);
  };

  constructor(signal: AbortSignal, pipeline: Pick<Pipeline, 'interrupt'>) {
    this.#signal = signal;
    this.#pipeline = pipeline;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  release(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#timer);
  }
}
