import type { Machine } from './machine.ts';
import type { LineResult } from './run-lines.ts';
import type { Section } from './sections/section.ts';
import { bytesOf, rowsOf, type StreamManifest } from './stream/recorded-stream.ts';
import { grouped, markdownTable, throughputTable } from './table.ts';

/** All that a run of the bench found. */
export interface BenchReport {
  readonly date: string;
  readonly command: string;
  readonly version: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly stream: StreamManifest;
  readonly throughput: readonly LineResult[];
  readonly sections: readonly Section[];
}

/** The command as anybody may give it again: where files lie on this machine is nobody's matter. */
export function shownCommand(args: readonly string[]): string {
  const paths: Readonly<Record<string, string>> = { '--json': 'FILE', '--go-mysql': 'DIR' };
  const shown = args.map((arg, index) => {
    const [name = '', value] = arg.split('=');
    const placeholder = paths[name];
    if (placeholder !== undefined && value !== undefined) return `${name}=${placeholder}`;
    return paths[args[index - 1] ?? ''] ?? arg;
  });
  return ['npm run bench', ...(shown.length === 0 ? [] : ['--', ...shown])].join(' ');
}

export function reportText(report: BenchReport): string {
  const { machine, stream, runs } = report;
  const rows = rowsOf(stream);
  const about = [
    `${report.date}, \`${report.command}\`, galaxy ${report.version}.`,
    `Machine: ${machine.cores} cores (${machine.cpu}), ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.system}, Node ${machine.node}, load before ${machine.loadBefore.toFixed(1)}.`,
    `Stream: set ${stream.set}, MySQL ${stream.serverVersion}: ${grouped(stream.inserted)} rows inserted, ${grouped(stream.updated)} updated, ${grouped(stream.deleted)} deleted = ${grouped(rows)} rows in ${grouped(bytesOf(stream) / 1e6)} MB of binlog.`,
    `Medians of ${runs} runs in turn, each in a fresh process, start-up included (least–most in brackets); CPU is user and system time of the reader alone.`,
  ];
  const throughput = report.throughput.length === 0 ? [] : [throughputTable(report.throughput)];
  const sections = report.sections.map(
    ({ title, header, rows: cells }) => `### ${title}\n\n${markdownTable(header, cells)}`,
  );
  return `${[about.join('\n'), ...throughput, ...sections].join('\n\n')}\n`;
}
