/**
 * The part of V8's heap where everything is made that dies soon. Left alone it grows to 32 MiB twice where a stream is
 * fast, and then costs more memory than all the rest, without being any quicker: what is made here lives for an event or
 * a batch. The flag that stops its growth is looked at each time it would grow, so it can be set while running; a V8
 * that does not know it leaves all as it was.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const ENOUGH_BYTES = 8 * 1024 * 1024;
const LOOK_MS = 20;

/** Lets it grow to about 8 MiB and no further. Returns at once. */
export function boundYoungHeap(): void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (young !== undefined && young.space_size < ENOUGH_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, LOOK_MS);
  timer.unref();
}
