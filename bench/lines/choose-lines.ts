import type { BenchBroker } from '../kafka/broker.ts';
import type { BenchOptions } from '../options.ts';
import { goMysqlLines } from '../peers/go-mysql.ts';
import { javaLines } from '../peers/java.ts';
import { zongjiLines } from '../peers/zongji.ts';
import { many, ROWS_PER_TURN } from '../sets/many.ts';
import { recordedStream } from '../stream/record.ts';
import { rowsOf } from '../stream/recorded-stream.ts';
import { filterLine, galaxyLines, manyTablesLine } from './galaxy.ts';
import { kafkaLines } from './kafka.ts';
import type { BenchContext, Line } from './line.ts';
import { mysqlbinlogLines } from './mysqlbinlog.ts';

/** The lines that the options ask for, in the order of the table. */
export async function chooseLines(
  context: BenchContext,
  options: BenchOptions,
  broker: () => Promise<BenchBroker>,
): Promise<Line[]> {
  const ofPeers = [
    ...zongjiLines(context),
    ...goMysqlLines(context, options.goMysql),
    ...javaLines(context),
  ].filter(({ id }) => beginsWithOne(id, options.peers));
  const lines = [
    ...galaxyLines(context),
    ...kafkaLines(context, broker),
    ...mysqlbinlogLines(context),
    ...ofPeers,
  ];
  const filter = beginsWithOne('filter', options.only) ? await filterLines(context, options) : [];
  return [...lines.filter(({ id }) => beginsWithOne(id, options.only)), ...filter];
}

/** null stands for every beginning. */
export function beginsWithOne(id: string, beginnings: readonly string[] | null): boolean {
  return beginnings === null || beginnings.some((beginning) => id.startsWith(beginning));
}

/** Every table of the set gets as many rows as any other, so that one in a hundred is one in a hundred. */
const wholeTurns = (rows: number): number => Math.max(Math.floor(rows / ROWS_PER_TURN), 1) * ROWS_PER_TURN;

async function filterLines(context: BenchContext, { set, rows, server }: BenchOptions): Promise<Line[]> {
  if (many.onePercent === null) return [];
  const stream =
    set.name === many.name
      ? context.stream
      : await recordedStream(context.native, {
          set: many,
          rows: wholeTurns(Math.min(rows, many.defaultRows)),
          server,
        });
  const kept = Math.round(rowsOf(stream.manifest) / 100);
  return [manyTablesLine(context.root, stream), filterLine(context.root, stream, many.onePercent, kept)];
}
