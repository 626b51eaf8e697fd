import { toCdcError } from '../core/errors.ts';
import type { Sink } from '../core/sink.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

/** Throws CDC_LEASE_LOST where the lease is over by our own clock. */
export function leaseGuard(keeper: LeaseKeeper): () => void {
  return () => {
    keeper.check();
    if (keeper.lost.aborted) throw toCdcError(keeper.lost.reason);
  };
}

/** Checks the lease before each batch: a process that was paused for longer than its lease sends nothing more. */
export function guardedSink(sink: Sink, guard: () => void): Sink {
  return {
    wants: sink.wants,
    // asked each time: it is known once the sink is open
    get marks() {
      return sink.marks;
    },
    open: async () => {
      guard();
      await sink.open();
    },
    write: (batch) => {
      try {
        guard();
      } catch (error) {
        return Promise.reject(error);
      }
      return sink.write(batch);
    },
    close: () => sink.close(),
  };
}
