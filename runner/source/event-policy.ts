import { CdcError, type ErrorCode, type EventPlace } from '../../core/errors.ts';
import { eventId } from '../../core/event-skip.ts';
import { fileSequence, formatPosition } from '../../core/position.ts';
import type { RowsEvent } from '../binlog/event.ts';
import type { DdlContext } from '../format/envelope.ts';
import type { Pipeline } from '../pipeline.ts';
import { deadLetterOfRows } from './dead-letter.ts';
import { EventSkips } from './event-skips.ts';

/** Told of everything that is not delivered as it stands in the log: `skipped` by a person's word, `dropped` by policy. */
export type OnUndelivered = (
  kind: 'skipped' | 'dropped' | 'dead_letter' | 'truncated',
  what: Undelivered,
) => void;

export interface Undelivered {
  readonly id: string;
  /** Why: an error's code and message, or a person's reason. */
  readonly reason: string;
}

export interface EventPolicyOptions {
  readonly taskId: string;
  readonly skips: EventSkips;
  readonly onError: 'fail' | 'dead_letter' | 'skip';
  /** null: there is none, so nothing can be put there. */
  readonly deadLetterTopic: string | null;
  /** A dead letter that would be larger holds no rows, only where they are. */
  readonly deadLetterBytesMax: number;
  readonly onUndelivered: OnUndelivered;
}

/** Errors of one rows event: the next one may be as good as ever. */
const OF_ROWS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CDC_BINLOG_CORRUPT',
  'CDC_COLUMN_TYPE_UNKNOWN',
  'CDC_CHARSET_UNKNOWN',
  'CDC_SCHEMA_UNKNOWN',
  'CDC_SCHEMA_MISMATCH',
  'CDC_JSON_DIFF_ALONE',
  'CDC_ROW_TOO_LARGE',
  'CDC_ROW_ERROR',
]);

/** Errors of one event, of any kind. */
const OF_EVENTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...OF_ROWS,
  'CDC_BINLOG_CHECKSUM',
  'CDC_EVENT_UNKNOWN',
  'CDC_INCIDENT',
  'CDC_TABLE_MAP_MISSING',
  'CDC_STATEMENT_EVENT',
]);

const SKIP_HINT = 'Or leave this one event out: POST /v1/skip_event.';

/** Where an event ends, and its index among events that share that. */
export interface PlaceInLog {
  readonly file: string;
  readonly end: number;
  readonly innerEvent: number;
  readonly gtid: string | null;
}

const idAt = ({ file, end, innerEvent }: PlaceInLog): string =>
  eventId(fileSequence(file) ?? 0, end, innerEvent);

/** What is done with events that can't be read, and with those that a person has told to leave out. */
export class EventPolicy {
  readonly #options: EventPolicyOptions;

  constructor(options: EventPolicyOptions) {
    this.#options = options;
  }

  get hasSkips(): boolean {
    return this.#options.skips.hasEvents;
  }

  /** Whether this event is to be left out; tells of it. */
  skips(place: PlaceInLog): boolean {
    const skip = this.hasSkips ? this.#options.skips.event(idAt(place)) : null;
    if (skip === null) return false;
    this.#options.onUndelivered('skipped', { id: skip.id, reason: skip.reason });
    return true;
  }

  /** The error with its place in the log, where it comes from the event and not from a server. */
  placed(error: unknown, place: PlaceInLog): unknown {
    if (!(error instanceof CdcError) || error.event !== undefined || !OF_EVENTS.has(error.code)) return error;
    const id = idAt(place);
    const event: EventPlace = { id, file: place.file, position: place.end, gtid: place.gtid };
    const { code, message, details, retryable, cause } = error;
    const where = formatPosition({ file: place.file, position: place.end });
    const hint = retryable ? error.hint : `${error.hint} ${SKIP_HINT}`;
    return new CdcError(code, `${message} (event ${id}, which ends at ${where})`, {
      hint,
      details,
      retryable,
      cause,
      event,
    });
  }

  /** A rows event that can't be read: throws the error, or puts the event elsewhere and lets the stream go on. */
  failedRows(thrown: unknown, event: RowsEvent, at: DdlContext, pipeline: Pipeline): void {
    if (pipeline.failed.aborted) throw thrown;
    const error =
      thrown instanceof CdcError
        ? thrown
        : new CdcError('CDC_ROW_ERROR', `a row can't be read: ${String(thrown)}`, { cause: thrown });
    const { onError, deadLetterTopic, onUndelivered } = this.#options;
    const { file, gtid } = at.transaction;
    const place = { file, end: at.logPos, innerEvent: at.innerEvent, gtid };
    if (onError === 'fail' || !OF_ROWS.has(error.code)) throw this.placed(error, place);
    const id = idAt(place);
    const reason = `${error.code}: ${error.message}`;
    if (onError === 'dead_letter' && deadLetterTopic !== null) {
      const { taskId, deadLetterBytesMax } = this.#options;
      const letter = deadLetterOfRows({ taskId, id, error, event, at, bytesMax: deadLetterBytesMax });
      pipeline.batch.add(deadLetterTopic, JSON.stringify({ id }), letter);
      pipeline.written(0);
      onUndelivered('dead_letter', { id, reason });
    } else {
      onUndelivered('dropped', { id, reason });
    }
  }
}

/** Every event that can't be read ends the stream. */
export function strictPolicy(): EventPolicy {
  return new EventPolicy({
    taskId: '',
    skips: new EventSkips(),
    onError: 'fail',
    deadLetterTopic: null,
    deadLetterBytesMax: 0,
    onUndelivered: () => {},
  });
}
