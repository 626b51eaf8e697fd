/** What `npm run bench` runs. The report goes to stdout, what is being done to stderr. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../infra/local/native/cache.ts';
import type { NativeContext } from '../infra/local/native/tools.ts';
import { Supervisor } from '../infra/local/supervisor.ts';
import manifest from '../package.json' with { type: 'json' };
import { lazyBroker } from './kafka/broker.ts';
import { chooseLines } from './lines/choose-lines.ts';
import type { BenchContext } from './lines/line.ts';
import { thisMachine } from './machine.ts';
import { type BenchOptions, HELP, parseBenchOptions } from './options.ts';
import { reportText, shownCommand } from './report.ts';
import { runLines } from './run-lines.ts';
import { runSections } from './sections/run-sections.ts';
import { startBenchServer } from './stream/bench-server.ts';
import { recordedStream } from './stream/record.ts';

const log = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

const args = process.argv.slice(2);
const options = parseBenchOptions(args);
if (options === null) process.stdout.write(HELP);
else await main(options);

async function main(asked: BenchOptions): Promise<void> {
  const machine = thisMachine();
  const supervisor = new Supervisor();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void supervisor.close().finally(() => process.exit(1)));
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'galaxy-bench-'));
    supervisor.removeAtEnd(folder);
    const cache = cacheFolder(process.env);
    await mkdir(cache, { recursive: true });
    const native: NativeContext = { supervisor, cache, folder, log, env: process.env };
    const { set, rows, server } = asked;
    const stream = await recordedStream(native, { set, rows, server });
    const { address: mysql } = await startBenchServer(native, server, stream.dataFolder);
    const context: BenchContext = { native, root: resolve(import.meta.dirname, '..'), stream, mysql, folder };
    const broker = lazyBroker(native);
    const lines = await chooseLines(context, asked, broker);
    const throughput = await runLines(lines, asked.runs, log);
    const report = {
      date: new Date().toISOString().slice(0, 16).replace('T', ' '),
      command: shownCommand(args),
      version: manifest.version,
      machine,
      runs: asked.runs,
      stream: stream.manifest,
      throughput,
      sections: await runSections(context, asked, broker),
    };
    if (asked.json !== null) await writeFile(asked.json, `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(reportText(report));
  } finally {
    await supervisor.close();
  }
}
