import { toCdcError } from '../core/errors.ts';
import type { Sink } from '../core/sink.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

/** Checks the lease before each batch: a process that was paused for longer than its lease sends nothing more. */
export function guardedSink(sink: Sink, keeper: LeaseKeeper): Sink {
  return {
    wants: sink.wants,
    open: () => sink.open(),
    write: (batch) => {
      keeper.check();
      if (keeper.lost.aborted) return Promise.reject(toCdcError(keeper.lost.reason));
      return sink.write(batch);
    },
    close: () => sink.close(),
  };
}
