import { CdcError } from '../core/errors.ts';

/** Waits, or not any longer than until the signal. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** The sink's last acknowledgements: CDC_SINK_ERROR after `ms`, the reason of `abandon` when that aborts. */
export function withTimeout(work: Promise<void>, ms: number, abandon: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(abandon.reason);
    const timer = setTimeout(
      () => reject(new CdcError('CDC_SINK_ERROR', `the sink did not acknowledge the rest within ${ms} ms`)),
      ms,
    );
    abandon.addEventListener('abort', fail, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      abandon.removeEventListener('abort', fail);
    });
  });
}

/** The work's outcome, or the signal's reason as soon as that aborts: the work then goes on without anybody waiting. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(signal.reason);
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) fail();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', fail));
  });
}
