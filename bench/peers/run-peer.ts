import type { RunOnce } from '../lines/line.ts';
import { lastJsonLine, measure } from '../measure.ts';

const TIMEOUT_MS = 600_000;

/** A reader that ends by itself and says on standard error, in a last line of JSON, how many `rows` it saw. */
export function peerRun(program: string, args: readonly string[]): RunOnce {
  return async () => {
    const measured = await measure({ program, args, stdout: 'null', timeoutMs: TIMEOUT_MS });
    const rows = lastJsonLine(measured.stderr)?.rows;
    if (typeof rows !== 'number') throw new Error('the reader said no number of rows');
    const { wallS, cpuS, peakRssBytes } = measured;
    return { wallS, cpuS, peakRssBytes, rows };
  };
}
