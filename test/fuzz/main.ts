/**
 * The fuzz: golden binlog files of every server with random damage, through the whole stream.
 *
 *   npm run fuzz -- [--minutes 10] [--seed N] [--cases N]
 *
 * Each case has a seed of its own; a finding prints it, and `--seed THAT --cases 1` runs it again. A case that takes
 * longer than 30 s is a hang, one that leaves the process above 1 GB of memory a finding too. Ends with 1 on findings.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { FuzzReport, FuzzWork } from './worker.ts';

const HANG_MS = 30_000;
const MEMORY_MAX_BYTES = 1024 ** 3;
const PROGRESS_MS = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    cases: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const first = values.seed === undefined ? (Math.random() * 2 ** 30) | 0 : Number(values.seed);
const cases = values.cases === undefined ? Number.MAX_SAFE_INTEGER : Number(values.cases);
if (!(minutes > 0) || !Number.isInteger(first) || !(cases >= 1)) {
  throw new Error('--minutes, --seed and --cases are numbers');
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const codes = new Map<string, number>();
let ran = 0;
let messages = 0;
let findings = 0;

function finding(seed: number, text: string): void {
  findings += 1;
  say(`finding, seed ${seed}: ${text}`);
}

function take({ seed, outcome, rssBytes }: FuzzReport): void {
  ran += 1;
  messages += outcome.messages;
  const code = outcome.code ?? 'read to the end';
  codes.set(code, (codes.get(code) ?? 0) + 1);
  for (const text of outcome.findings) finding(seed, `${outcome.name} (${outcome.damage}): ${text}`);
  if (rssBytes > MEMORY_MAX_BYTES) finding(seed, `${outcome.name}: ${rssBytes} bytes of memory`);
}

/** Resolves when the worker has ended; a hang or a crash ends it, and gives back the seed to go on from. */
function runFrom(seed: number, count: number, endMs: number): Promise<number | null> {
  const current = new SharedArrayBuffer(4);
  const now = new Int32Array(current);
  const work: FuzzWork = { first: seed, count, current, endMs };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: work });
  return new Promise((resolve) => {
    let lastAtMs = Date.now();
    const watch = setInterval(() => {
      if (Date.now() - lastAtMs < HANG_MS) return;
      const hung = Atomics.load(now, 0);
      finding(hung, `no end within ${HANG_MS / 1000} s`);
      end(hung + 1);
    }, 1_000);
    const end = (next: number | null): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve(next);
    };
    worker.on('message', (report: FuzzReport) => {
      lastAtMs = Date.now();
      take(report);
    });
    worker.on('error', (error) => {
      const broken = Atomics.load(now, 0);
      finding(broken, `thrown: ${error instanceof Error ? error.stack : String(error)}`);
      end(broken + 1);
    });
    worker.on('exit', () => end(null));
  });
}

say(`fuzz: seed ${first}, ${minutes} minutes`);
const endMs = Date.now() + minutes * 60_000;
const progress = setInterval(() => say(`${ran} cases, ${findings} findings`), PROGRESS_MS);
let next: number | null = first;
while (next !== null && Date.now() < endMs && next - first < cases) {
  next = await runFrom(next, cases - (next - first), endMs);
}
clearInterval(progress);
for (const [code, count] of [...codes].sort((a, b) => b[1] - a[1])) say(`  ${code}: ${count}`);
say(`${ran} cases, ${messages} messages, ${findings} findings`);
process.exitCode = findings === 0 && ran > 0 ? 0 : 1;
