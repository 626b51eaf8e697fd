import type { BenchBroker } from '../kafka/broker.ts';
import { beginsWithOne } from '../lines/choose-lines.ts';
import type { BenchContext } from '../lines/line.ts';
import type { BenchOptions } from '../options.ts';
import { recordedStream } from '../stream/record.ts';
import { growthSection } from './growth.ts';
import { latencySection } from './latency.ts';
import type { Section } from './section.ts';
import { startUpSection } from './start-up.ts';

/** What is not throughput, one after the other. */
export async function runSections(
  context: BenchContext,
  options: BenchOptions,
  broker: () => Promise<BenchBroker>,
): Promise<Section[]> {
  const { only, set, rows, server, runs, latencyS } = options;
  const tenth = () => recordedStream(context.native, { set, rows: Math.ceil(rows / 10), server });
  const all: readonly [string, () => Promise<Section>][] = [
    ['start-up', () => startUpSection(context, runs)],
    ['growth', () => growthSection(context, tenth, runs)],
    ['latency', () => latencySection(context, broker, latencyS)],
  ];
  const sections: Section[] = [];
  for (const [id, run] of all) {
    if (beginsWithOne(id, only)) sections.push(await run());
  }
  return sections;
}
