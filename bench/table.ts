import type { Sample } from './lines/line.ts';
import type { LineResult } from './run-lines.ts';
import { median } from './statistics.ts';

/** A table of Markdown; a `|` in a cell is escaped. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numericFrom = 1,
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = header.map((_, index) => (index < numericFrom ? '---' : '--:'));
  return [line(header), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

const HEADER = [
  '',
  'wall s',
  'CPU s',
  'rows/s',
  'rows per CPU s',
  'CPU against mysqlbinlog --raw',
  'peak RSS MB',
];

/** Medians; in brackets the least and the most of all runs. */
export function throughputTable(results: readonly LineResult[]): string {
  const yardstick = results.find(({ line }) => line.id === 'mysqlbinlog-raw');
  const perRowS = yardstick?.kind === 'measured' ? cpuPerRow(yardstick) : Number.NaN;
  return markdownTable(
    HEADER,
    results.map((result) => {
      if (result.kind === 'not-run')
        return [result.line.label, `not run: ${result.reason}`, '', '', '', '', ''];
      return [result.line.label, ...cells(result, perRowS)];
    }),
  );
}

type MeasuredLine = Extract<LineResult, { kind: 'measured' }>;

const medianOf = (samples: readonly Sample[], of: (sample: Sample) => number): number =>
  median(samples.map(of));

const cpuPerRow = ({ line, samples }: MeasuredLine): number =>
  medianOf(samples, ({ cpuS }) => cpuS) / line.rows;

function cells(result: MeasuredLine, yardstickPerRowS: number): string[] {
  const { line, samples } = result;
  const wallS = medianOf(samples, (sample) => sample.wallS);
  const cpuS = medianOf(samples, (sample) => sample.cpuS);
  const ratio = cpuPerRow(result) / yardstickPerRowS;
  return [
    `${wallS.toFixed(2)} (${range(samples.map((sample) => sample.wallS))})`,
    `${cpuS.toFixed(2)} (${range(samples.map((sample) => sample.cpuS))})`,
    grouped(line.rows / wallS),
    grouped(line.rows / cpuS),
    Number.isFinite(ratio) && line.ownStream !== true ? `${ratio.toFixed(2)}x` : '',
    peakMemory(medianOf(samples, (sample) => sample.peakRssBytes)),
  ];
}

/** A process that was gone before the first look at its memory has no figure. */
const peakMemory = (bytes: number): string => (bytes === 0 ? '' : grouped(bytes / 1e6));

const range = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;

/** 1234567.8 → 1,234,568; nothing for what is no number, a rate over no time say. */
export function grouped(value: number): string {
  if (!Number.isFinite(value)) return '';
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
