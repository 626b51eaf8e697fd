import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lastJsonLine, type Measured, measure } from '../measure.ts';
import { type RecordedStream, rowsOf } from '../stream/recorded-stream.ts';
import type { BenchContext, Line, Sample } from './line.ts';

const TIMEOUT_MS = 600_000;

/** `galaxy stream` in a process of its own, with `--stats`. */
export async function galaxyStream(
  root: string,
  args: readonly string[],
  stdout: 'null' | 'keep' = 'null',
): Promise<Measured> {
  return await measure({
    program: process.execPath,
    args: [join(root, 'cli/galaxy.mjs'), 'stream', '--stats', ...args],
    stdout,
    timeoutMs: TIMEOUT_MS,
  });
}

/** The measured run with the rows that the stream itself has counted. */
export function withRows(measured: Measured): Sample {
  const { wallS, cpuS, peakRssBytes } = measured;
  const rows = lastJsonLine(measured.stderr)?.rows;
  return { wallS, cpuS, peakRssBytes, rows: typeof rows === 'number' ? rows : null };
}

export function fromFiles(stream: RecordedStream): string[] {
  const sources = stream.files.flatMap((file) => ['--source', pathToFileURL(file).href]);
  return [...sources, '--start', 'earliest', '--until', 'now', '--database', 'bench'];
}

export function fromServer({ stream, mysql }: BenchContext): string[] {
  const { files, end } = stream.manifest;
  const url = `mysql://${mysql.user}:${mysql.password}@${mysql.host}:${mysql.port}`;
  return [
    ...['--source', url, '--database', 'bench'],
    ...['--start', `${files[0]?.name}:4`, '--until', `${end.file}:${end.position}`],
  ];
}

/** From binlog files or the server, encoded in full, to nowhere. */
export function galaxyLines(context: BenchContext): Line[] {
  const { root, stream } = context;
  const rows = rowsOf(stream.manifest);
  const line = (id: string, label: string, args: readonly string[], stdout?: 'null'): Line => ({
    id,
    label,
    rows,
    prepare: async () => async () => withRows(await galaxyStream(root, args, stdout)),
  });
  return [
    line('file-null', 'galaxy: file to null', [...fromFiles(stream), '--sink', 'null']),
    line('file-stdout', 'galaxy: file to /dev/null as lines, no keys', [
      ...fromFiles(stream),
      ...['--sink', 'stdout'],
    ]),
    line('server-null', 'galaxy: server to null', [...fromServer(context), '--sink', 'null']),
  ];
}

/** Every row of a stream that has many tables. */
export function manyTablesLine(root: string, stream: RecordedStream): Line {
  const args = [...fromFiles(stream), '--sink', 'null'];
  return {
    id: 'filter-none',
    label: 'galaxy: file to null, 1,000 tables',
    ownStream: true,
    rows: rowsOf(stream.manifest),
    prepare: async () => async () => withRows(await galaxyStream(root, args)),
  };
}

/** A filter that drops most of what it reads, over a stream of its own that has many tables. */
export function filterLine(root: string, stream: RecordedStream, tables: string, keptRows: number): Line {
  const args = [...fromFiles(stream), '--tables', tables, '--sink', 'null'];
  const rows = rowsOf(stream.manifest);
  return {
    id: 'filter',
    label: 'galaxy: file to null, 1,000 tables, filter drops 99 % of the rows',
    ownStream: true,
    rows,
    wantedRows: keptRows,
    prepare: async () => async () => withRows(await galaxyStream(root, args)),
  };
}
