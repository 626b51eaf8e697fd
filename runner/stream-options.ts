import type { Clock } from '../core/clock.ts';
import type { CdcError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { BinlogPosition } from '../core/position.ts';
import type { Sink } from '../core/sink.ts';
import type { CommitBoundary } from './ack-window.ts';
import type { Format } from './format/envelope.ts';
import type { TopicNames } from './format/topic.ts';
import type { Statement } from './source/ddl/statement.ts';
import type { EventPolicy } from './source/event-policy.ts';
import type { FilterTimeline } from './source/filter-timeline.ts';
import type { ResumePoint } from './source/resume-point.ts';
import type { OpenSource, SourceConnection } from './source/source.ts';
import type { Until } from './source/until.ts';

/** What the stream tells its owner as it goes; all calls are quick and do not throw, but `statementWrite`. */
export interface StreamListener {
  connected(connection: SourceConnection): void;
  /** Everything up to the boundary is in the sink; `rows` came with it. */
  progress(boundary: CommitBoundary, rows: number): void;
  /** An error that the stream waits out by itself. */
  retrying(error: CdcError, attempt: number): void;
  filterApplied(version: number, at: BinlogPosition): void;
  /** Something a person should know of; the stream goes on. */
  warning(message: string): void;
  /** May throw where statement-format writes must end the stream. */
  statementWrite(statement: Statement, at: BinlogPosition): void;
}

export interface StreamOptions {
  readonly open: OpenSource;
  /** null: the source's latest position. */
  readonly start: ResumePoint | null;
  readonly timeline: FilterTimeline;
  readonly createSink: () => Sink;
  readonly format: Format;
  readonly topics: TopicNames;
  readonly ddl: boolean;
  /** null: until the signal. */
  readonly until: Until | null;
  readonly listener: StreamListener;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly batchBytesMax: number;
  readonly inFlightBytesMax: number;
  readonly xaHeldBytesMax: number;
  /** Names this start of this task: a sink's mark of another one counts for nothing. Absent: sinks keep no marks. */
  readonly startId?: string;
  /** What is done with events that can't be read or are to be left out; absent: every one ends the stream. */
  readonly policy?: EventPolicy;
  /**
   * Whether errors that waiting can mend are waited out: always (a task), only once the stream has run (a
   * command by hand: a wrong address is to be told at once), or never (a bounded run by hand).
   */
  readonly retry: 'always' | 'once-connected' | 'never';
}

export interface StreamStatistics {
  rows: number;
  events: number;
  bytesIn: number;
  bytesOut: number;
  messages: number;
}
