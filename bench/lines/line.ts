import type { MysqlAddress } from '../../infra/local/addresses.ts';
import type { NativeContext } from '../../infra/local/native/tools.ts';
import type { Measured } from '../measure.ts';
import type { RecordedStream } from '../stream/recorded-stream.ts';

/** What every line of the table is measured on. */
export interface BenchContext {
  readonly native: NativeContext;
  /** The folder of the project. */
  readonly root: string;
  readonly stream: RecordedStream;
  /** A server that holds the stream's binlog files. */
  readonly mysql: MysqlAddress;
  /** For temporary files; gone at the end. */
  readonly folder: string;
}

/** One run in a fresh process. */
export interface Sample extends Pick<Measured, 'wallS' | 'cpuS' | 'peakRssBytes'> {
  /** Rows that the run itself has counted; null where it counts none. */
  readonly rows: number | null;
}

export type RunOnce = () => Promise<Sample>;

/** One line of the table of throughput. */
export interface Line {
  readonly id: string;
  readonly label: string;
  /** Rows that the reader goes through in one run: the rates are of these. */
  readonly rows: number;
  /** Rows that a run must have counted; absent: all. */
  readonly wantedRows?: number;
  /** It reads another stream than the others: its rows are no measure of theirs. */
  readonly ownStream?: boolean | undefined;
  /** Gets ready what is done once, before any run. What it throws is why the line can't be run here. */
  prepare(): Promise<RunOnce>;
}
