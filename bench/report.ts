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
