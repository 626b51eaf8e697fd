import type { Checkpoint } from '../core/checkpoint.ts';
import type { Log } from '../core/log.ts';
import type { ResumePoint } from '../runner/source/resume-point.ts';
import type { OpenSource } from '../runner/source/source.ts';
import type { Until } from '../runner/source/until.ts';
import type { CliIo } from './io.ts';
import type { StreamCommandOptions } from './stream-options.ts';
import type { SinkEnd } from './stream-sink.ts';

/** What `galaxy stream` runs between. */
export interface StreamEnds extends SinkEnd {
  readonly open: OpenSource;
  readonly start: ResumePoint | null;
  readonly until: Until | null;
}

export interface EndsRequest {
  readonly options: StreamCommandOptions;
  readonly io: CliIo;
  readonly log: Log;
  readonly stored: Checkpoint | null;
  readonly storedSchema: (version: number) => Promise<Uint8Array | null>;
  readonly serverId: number;
}

export type SourceEnds = Pick<StreamEnds, 'open' | 'start' | 'until'>;
