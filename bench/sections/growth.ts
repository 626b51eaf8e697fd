import { fromFiles, galaxyStream, withRows } from '../lines/galaxy.ts';
import type { BenchContext } from '../lines/line.ts';
import { median } from '../statistics.ts';
import { type RecordedStream, rowsOf } from '../stream/recorded-stream.ts';
import { grouped } from '../table.ts';
import { type Section, sectionOr } from './section.ts';

interface Point {
  readonly rows: number;
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakRssBytes: number;
}

/** The whole stream and a tenth of it: what more rows cost by themselves, start-up aside, and whether memory grows. */
export async function growthSection(
  context: BenchContext,
  tenth: () => Promise<RecordedStream>,
  runs: number,
): Promise<Section> {
  return await sectionOr('growth', 'Growth: file to null, a tenth and the whole', async () => {
    const small = await point(context.root, await tenth(), runs);
    const large = await point(context.root, context.stream, runs);
    const rate = (large.rows - small.rows) / (large.cpuS - small.cpuS);
    return {
      header: ['rows', 'wall s', 'CPU s', 'peak RSS MB', 'rows per CPU s of the difference'],
      rows: [row(small, ''), row(large, grouped(rate))],
      raw: [small, large],
    };
  });
}

const row = ({ rows, wallS, cpuS, peakRssBytes }: Point, rate: string): string[] => [
  grouped(rows),
  wallS.toFixed(2),
  cpuS.toFixed(2),
  (peakRssBytes / 1e6).toFixed(0),
  rate,
];

async function point(root: string, stream: RecordedStream, runs: number): Promise<Point> {
  const samples = [];
  for (let run = 0; run < runs; run += 1) {
    samples.push(withRows(await galaxyStream(root, [...fromFiles(stream), '--sink', 'null'])));
  }
  return {
    rows: rowsOf(stream.manifest),
    wallS: median(samples.map(({ wallS }) => wallS)),
    cpuS: median(samples.map(({ cpuS }) => cpuS)),
    peakRssBytes: median(samples.map(({ peakRssBytes }) => peakRssBytes)),
  };
}
