import { once } from 'node:events';
import { fromServer } from '../lines/galaxy.ts';
import type { BenchContext } from '../lines/line.ts';
import { median } from '../statistics.ts';
import { startLiveStream } from './live-stream.ts';
import { type Section, sectionOr } from './section.ts';

/** From the start of the process to the first byte of the first message, with a backlog waiting on the server. */
export async function startUpSection(context: BenchContext, runs: number): Promise<Section> {
  return await sectionOr('start-up', 'Start-up', async () => {
    const secondsS: number[] = [];
    for (let run = 0; run < runs; run += 1) secondsS.push(await firstMessageS(context));
    return {
      header: ['', 'median s', 'least s', 'most s'],
      rows: [
        [
          'galaxy: process to first message, from a server',
          ...[median(secondsS), Math.min(...secondsS), Math.max(...secondsS)].map((value) =>
            value.toFixed(2),
          ),
        ],
      ],
      raw: secondsS,
    };
  });
}

async function firstMessageS(context: BenchContext): Promise<number> {
  const startedMs = performance.now();
  const live = startLiveStream(context.root, [...fromServer(context), '--sink', 'stdout'], 'pipe');
  try {
    if (live.child.stdout === null) throw new Error('no pipe to read');
    await Promise.race([once(live.child.stdout, 'data'), live.connected.then(() => new Promise(() => {}))]);
    return (performance.now() - startedMs) / 1000;
  } finally {
    live.child.kill('SIGKILL');
    await live.stop();
  }
}
