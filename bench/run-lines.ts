import type { Line, RunOnce, Sample } from './lines/line.ts';

export type LineResult =
  | { readonly kind: 'measured'; readonly line: LineName; readonly samples: readonly Sample[] }
  | { readonly kind: 'not-run'; readonly line: LineName; readonly reason: string };

export type LineName = Pick<Line, 'id' | 'label' | 'rows' | 'ownStream'>;

interface State {
  readonly line: Line;
  readonly samples: Sample[];
  run: RunOnce | null;
  reason: string;
}

/**
 * Every line `runs` times: all lines once, then all again, so that what else the machine does meets them alike.
 * A line that can't be prepared, fails, or counts other rows than the stream holds, is not run further, and says so.
 */
export async function runLines(
  lines: readonly Line[],
  runs: number,
  log: (text: string) => void,
): Promise<LineResult[]> {
  const states: State[] = [];
  for (const line of lines) states.push(await prepare(line, log));
  for (let run = 1; run <= runs; run += 1) {
    for (const state of states) {
      if (state.run === null) continue;
      await runOnce(state, state.run);
      const last = state.samples.at(-1);
      const text =
        state.run === null || last === undefined
          ? `not run: ${state.reason}`
          : `${last.wallS.toFixed(2)} s, CPU ${last.cpuS.toFixed(2)} s`;
      log(`${run}/${runs} ${state.line.label}: ${text}`);
    }
  }
  return states.map(result);
}

async function prepare(line: Line, log: (text: string) => void): Promise<State> {
  try {
    return { line, samples: [], run: await line.prepare(), reason: '' };
  } catch (error) {
    const reason = reasonOf(error);
    log(`${line.label}: not run: ${reason}`);
    return { line, samples: [], run: null, reason };
  }
}

async function runOnce(state: State, run: RunOnce): Promise<void> {
  const wanted = state.line.wantedRows ?? state.line.rows;
  try {
    const sample = await run();
    state.samples.push(sample);
    if (sample.rows === null || sample.rows === wanted) return;
    state.reason = `counted ${sample.rows} rows where ${wanted} are`;
  } catch (error) {
    state.reason = reasonOf(error);
  }
  state.run = null;
}

function result({ line, samples, run, reason }: State): LineResult {
  const { id, label, rows, ownStream = false } = line;
  const name = { id, label, rows, ownStream };
  return run === null ? { kind: 'not-run', line: name, reason } : { kind: 'measured', line: name, samples };
}

/** In one line, not too long for a table. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
