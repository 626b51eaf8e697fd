/**
 * What the start of a process leaves behind, given back: compiled modules and what they made when they were loaded are a
 * sixth of a runner's memory, and V8, with little to do, would keep them for hours.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { collectFully } from './large-memory.ts';

const LOOK_MS = 1_000;
/** Of its time; a collection of all takes some tens of milliseconds, which nobody should wait for. */
const BUSY = 0.05;

/** Once, in the first second in which there is next to nothing to do. Returns at once. */
export function collectAtFirstRest(): void {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > BUSY) return;
    clearInterval(timer);
    collectFully();
  }, LOOK_MS);
  timer.unref();
}
