import { toCdcError } from '../../core/errors.ts';
import type { ReconcilerDeps } from '../deps.ts';
import { reconcileTask } from './reconciler.ts';
import { sweep, WHOLE_SWEEP } from './sweep.ts';

/** The reconciler of a home that stays up: all tasks at each interval, and a nudged task at once. One turn at a time. */
export class ReconcileLoop {
  readonly #deps: ReconcilerDeps;
  readonly #intervalMs: number;
  readonly #nudged = new Set<string>();
  readonly #stop = new AbortController();
  #wake: () => void = () => undefined;
  #loop: Promise<void> | null = null;

  constructor(deps: ReconcilerDeps, intervalMs: number) {
    this.#deps = deps;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  nudge(taskId: string): void {
    this.#nudged.add(taskId);
    this.#wake();
  }

  /** Ends after the turn that runs; starts and stops nothing afterwards. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let nextTurnMs = 0;
    // What an older version has left behind is met by the first turn.
    let full = true;
    while (!signal.aborted) {
      const nudged = [...this.#nudged];
      this.#nudged.clear();
      for (const taskId of nudged) await this.#attempt(() => reconcileTask(this.#deps, taskId));
      if (signal.aborted) return;
      const nowMs = this.#deps.clock.now();
      if (nowMs >= nextTurnMs) {
        nextTurnMs = nowMs + this.#intervalMs;
        await this.#attempt(() => sweep(this.#deps, { ...WHOLE_SWEEP, full }));
        full = false;
      }
      if (this.#nudged.size > 0) continue;
      await this.#pause(Math.max(0, nextTurnMs - this.#deps.clock.now()));
    }
  }

  /** Until the time is over, a nudge, or the stop. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#stop.signal.aborted) this.#wake();
    });
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const { code, message } = toCdcError(cause);
      this.#deps.log.error('reconcile_failed', { code, message });
    }
  }
}
