/** Runs cases one after the other in a thread of its own, and says before each which it is: a hang has a name then. */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { type FuzzOutcome, fuzzCase } from './fuzz-case.ts';

export interface FuzzWork {
  readonly first: number;
  readonly count: number;
  /** Int32: the seed under way. */
  readonly current: SharedArrayBuffer;
  /** Milliseconds since 1970. */
  readonly endMs: number;
}

export type FuzzReport = { readonly seed: number; readonly outcome: FuzzOutcome; readonly rssBytes: number };

const work = workerData as FuzzWork;
const current = new Int32Array(work.current);
for (let i = 0; i < work.count && Date.now() < work.endMs; i += 1) {
  const seed = (work.first + i) | 0;
  Atomics.store(current, 0, seed);
  const report: FuzzReport = { seed, outcome: await fuzzCase(seed), rssBytes: process.memoryUsage.rss() };
  parentPort?.postMessage(report);
  // What is only weakly held is let go of between two turns of the event loop, and a case has none of its own.
  await turn();
}
