import type { Clock } from '../core/clock.ts';
import { CdcError, toCdcError } from '../core/errors.ts';
import type { Lease, LeaseStore, RunStatus } from '../core/lease.ts';
import type { Log } from '../core/log.ts';

export interface LeaseKeeperOptions {
  readonly leases: LeaseStore;
  readonly taskId: string;
  readonly owner: string;
  readonly generation: number;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Milliseconds from any moment on, by a clock that nobody sets. */
  readonly elapsedMs: () => number;
  readonly log: Log;
}

/**
 * Holds the lease of one task. Time is measured by the own clock from before each renewal was sent, and the
 * lease counts as lost a margin before it can expire for anybody else: a runner that can't renew, or that
 * was paused, stops sending before a second one may start. That clock is one that nobody sets: after a jump
 * back a lease that ran out long ago would look as if it still held.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #lost = new AbortController();
  #lease: Lease;
  /** By `elapsedMs`: nothing may be sent after it. */
  #validUntilMs: number;

  private constructor(options: LeaseKeeperOptions, lease: Lease, takenAtMs: number) {
    this.#options = options;
    this.#lease = lease;
    this.#validUntilMs = takenAtMs + options.ttlMs - marginMs(options.ttlMs);
  }

  /** Takes the lease, waiting for another owner to let go; null when `signal` aborts first. */
  static async acquire(options: LeaseKeeperOptions, signal: AbortSignal): Promise<LeaseKeeper | null> {
    while (!signal.aborted) {
      const nowMs = options.clock.now();
      const takenAtMs = options.elapsedMs();
      const { taskId, owner, generation, ttlMs } = options;
      const lease = await options.leases.acquire({ taskId, owner, generation, ttlMs, nowMs });
      if (lease !== null) return new LeaseKeeper(options, lease, takenAtMs);
      await new Promise((resolve) => setTimeout(resolve, Math.min(500, ttlMs / 10)));
    }
    return null;
  }

  /** Aborts with CDC_LEASE_LOST. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get fencingToken(): number {
    return this.#lease.fencingToken;
  }

  /** Called on a timer, several times within the lease's life. */
  async renew(status: RunStatus): Promise<void> {
    if (this.#lost.signal.aborted) return;
    const { clock, elapsedMs, ttlMs, leases } = this.#options;
    const sentAtMs = elapsedMs();
    try {
      this.#lease = await leases.renew(this.#lease, status, ttlMs, clock.now());
      this.#validUntilMs = sentAtMs + ttlMs - marginMs(ttlMs);
    } catch (error) {
      const failure = toCdcError(error);
      if (failure.code === 'CDC_LEASE_LOST') this.#lose(failure);
      else this.#options.log.warn('lease_renewal_failed', { code: failure.code, message: failure.message });
    }
    this.check();
  }

  /** Loses the lease when its time is over by the own clock. Cheap: called before each write to the sink. */
  check(): void {
    if (this.#lost.signal.aborted || this.#options.elapsedMs() < this.#validUntilMs) return;
    this.#lose(new CdcError('CDC_LEASE_LOST', 'the lease ran out before it could be renewed'));
  }

  async release(status: RunStatus): Promise<void> {
    await this.#options.leases.release(this.#lease, status);
  }

  #lose(error: CdcError): void {
    this.#options.log.error('lease_lost', { message: error.message, fencingToken: this.#lease.fencingToken });
    this.#lost.abort(error);
  }
}

/** A fifth of the life is kept for clocks that drift and for what is already on the wire. */
function marginMs(ttlMs: number): number {
  return ttlMs / 5;
}
