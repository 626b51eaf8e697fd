/**
 * Memory of very large buffers, given back soon. V8 counts them, but collects late: a few of 64 MB each would wait as
 * garbage while the next ones are made. A collection takes some milliseconds where the heap is small, as a runner's is.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Smaller ones are left to V8. */
const LARGE_BYTES = 8 * 1024 * 1024;
const COLLECT_AT_BYTES = 96 * 1024 * 1024;

let dropped = 0;
let collect: NodeJS.GCFunction | null = null;

function collector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NodeJS.GCFunction;
}

/** All that can be given back, and the pages that it lay in. */
export function collectFully(): void {
  collect ??= collector();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** A buffer of this size is not needed any more; collects when much has come together. */
export function drop(bytes: number): void {
  if (bytes < LARGE_BYTES) return;
  dropped += bytes;
  if (dropped < COLLECT_AT_BYTES) return;
  dropped = 0;
  collect ??= collector();
  collect();
}
