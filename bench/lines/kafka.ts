import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchBroker } from '../kafka/broker.ts';
import { rowsOf } from '../stream/recorded-stream.ts';
import { fromServer, galaxyStream, withRows } from './galaxy.ts';
import type { BenchContext, Line, RunOnce, Sample } from './line.ts';

const PARTITIONS = 4;

interface KafkaCase {
  readonly id: string;
  readonly label: string;
  readonly compression: 'none' | 'lz4' | 'zstd';
  readonly exactlyOnce: boolean;
}

const CASES: readonly KafkaCase[] = [
  ...(['none', 'lz4', 'zstd'] as const).map((compression) => ({
    id: `kafka-${compression}`,
    label: `galaxy: server to Kafka, at least once, ${compression}`,
    compression,
    exactlyOnce: false,
  })),
  {
    id: 'kafka-exactly-once',
    label: 'galaxy: server to Kafka, exactly once, lz4',
    compression: 'lz4',
    exactlyOnce: true,
  },
];

let runs = 0;

/** From the server to a topic of four partitions on a broker of the same machine, acks=all. */
export function kafkaLines(context: BenchContext, broker: () => Promise<BenchBroker>): Line[] {
  return CASES.map((item) => ({
    id: item.id,
    label: item.label,
    rows: rowsOf(context.stream.manifest),
    prepare: async () => {
      if (item.exactlyOnce) await requireDelivery(context.root);
      return kafkaRun(context, item, await broker());
    },
  }));
}

function kafkaRun(context: BenchContext, item: KafkaCase, broker: BenchBroker): RunOnce {
  const url = `kafka://${broker.address}?partitions=${PARTITIONS}&compression=${item.compression}`;
  return async () => {
    runs += 1;
    const taskId = `${item.id}-${process.pid}-${runs}`;
    const args = [...fromServer(context), '--sink', `${url}&topic=${taskId}`, '--task-id', taskId];
    if (item.exactlyOnce) args.push('--delivery', 'exactly_once');
    const sample = withRows(await galaxyStream(context.root, args));
    const stored = await broker.countAndDelete(taskId);
    return { ...sample, rows: seenRows(sample, stored, item.exactlyOnce) };
  };
}

/** What the topic holds must be what the stream says; transactions have markers in the log beside their rows. */
function seenRows(sample: Sample, stored: number, exactlyOnce: boolean): number {
  return exactlyOnce && sample.rows !== null && stored >= sample.rows ? sample.rows : stored;
}

async function requireDelivery(root: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(root, 'cli/galaxy.mjs'),
    'stream',
    '--help',
  ]);
  if (!stdout.includes('--delivery')) throw new Error('this version of galaxy stream has no --delivery');
}
