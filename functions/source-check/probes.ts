/** Ports: what the control plane asks of a source and of a sink before it starts anything. */
import type { ErrorCode } from '../../core/errors.ts';
import type { BinlogPosition } from '../../core/position.ts';
import type { StartPoint, TableFilter } from '../../core/task.ts';
import type { ResolvedKafkaConf, ResolvedMysqlConfig } from '../../core/task-secrets.ts';

/** One finding of a preflight. `fail` refuses the task; `fix` is the SQL or setting that mends it. */
export interface CheckFinding {
  readonly name: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  readonly code?: ErrorCode;
  readonly fix?: string;
}

export type StartAt = NonNullable<StartPoint['at']>;

/** Where a stream shall begin. */
export type WantedStart =
  | { readonly kind: 'latest' }
  /** Unix seconds. */
  | { readonly kind: 'time'; readonly startTimeS: number }
  | { readonly kind: 'position'; readonly position: BinlogPosition }
  | { readonly kind: 'gtid-set'; readonly gtidSet: string };

/** Every call opens its own connection and closes it; `signal` ends a call that nobody waits for any more. */
export interface SourceProbe {
  /** Does not throw for what is wrong with the server: that is a finding. */
  check(
    config: ResolvedMysqlConfig,
    filter: TableFilter,
    signal: AbortSignal,
  ): Promise<readonly CheckFinding[]>;
  /** The position as the server has it now. CDC_START_TIME_PURGED, CDC_POSITION_INVALID, CDC_BINLOG_PURGED, … */
  takeStart(config: ResolvedMysqlConfig, wanted: WantedStart, signal: AbortSignal): Promise<StartAt>;
}

export interface SinkProbe {
  check(config: ResolvedKafkaConf, signal: AbortSignal): Promise<readonly CheckFinding[]>;
}
