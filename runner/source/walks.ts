import type { RowsEvent } from '../binlog/event.ts';
import { rowsLayout } from '../binlog/events/rows-layout.ts';
import { HEADER_LENGTH } from '../binlog/header.ts';
import type { EventWindow } from '../binlog/kernel/event-window.ts';
import type { TransactionWalker, WalkLayout, WalkStop } from '../binlog/kernel/transaction-walker.ts';
import type { BinlogParser } from '../binlog/parser.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Emitter } from './emitter.ts';
import type { EventPolicy } from './event-policy.ts';
import type { FilterTimeline } from './filter-timeline.ts';
import type { PositionTracker } from './position-tracker.ts';
import type { TableRoute } from './table-routes.ts';
import type { OpenTransaction, Transactions } from './transactions.ts';
import type { Until } from './until.ts';
import type { XaHold } from './xa-hold.ts';

export interface WalksOptions {
  readonly walker: TransactionWalker;
  readonly parser: BinlogParser;
  readonly tracker: PositionTracker;
  readonly transactions: Transactions;
  readonly timeline: FilterTimeline;
  readonly emitter: Emitter;
  readonly pipeline: Pipeline;
  readonly xa: XaHold;
  readonly policy: EventPolicy;
  readonly until: Until | null;
  /** So many events, of so many bytes, were gone through. */
  readonly counted: (events: number, bytes: number) => void;
}

/** How the events at hand can be walked through. */
export interface Way {
  readonly layout: WalkLayout;
  /** The transaction that is open; null: whole transactions. */
  readonly open: OpenTransaction | null;
  readonly stopAt: number | null;
}

/** In an event's header. */
const TYPE_OFFSET = 4;
/** Behind it the 32 bits of a position in an event's header do not say all. */
const POSITION_MAX = 2 ** 32 - 2 ** 24;

/**
 * Ordinary transactions, walked through by the kernel where nothing else than their rows is to be seen to: what
 * `EventProcessor` does with each event is done here with many. Whatever is out of the ordinary is for that.
 */
export class Walks {
  readonly #options: WalksOptions;
  /** The transaction whose events were walked through in part. */
  #passedIn: OpenTransaction | null = null;
  /** That the directory was learned under. */
  #filterVersion = -1;

  constructor(options: WalksOptions) {
    this.#options = options;
    // what was learned on another connection may be of another server, or of another filter
    this.forget();
  }

  /** null: the events at hand have to be read one by one. */
  get way(): Way | null {
    const { walker, parser, tracker, transactions, timeline, emitter, pipeline, xa, policy } = this.#options;
    const { walkLayout: layout } = parser;
    const { open } = transactions;
    if (layout === null || tracker.position > POSITION_MAX || policy.hasSkips || xa.holdsBack) return null;
    if (timeline.active.version !== this.#filterVersion) {
      this.#filterVersion = timeline.active.version;
      this.forget();
    }
    if (!timeline.isSettled || !emitter.isPast(tracker.file, tracker.position)) return null;
    if (!walker.takes(pipeline.batch)) return null;
    if (open !== null && (!open.begun || open.xaRows !== null || open.revocable !== null)) return null;
    const stopAt = this.#stopAt(tracker.file);
    return stopAt === undefined ? null : { layout, open, stopAt };
  }

  /** undefined: each end of a transaction has to be asked for. */
  #stopAt(file: string): number | null | undefined {
    const { until } = this.#options;
    if (until === null) return null;
    if (until.place === null) return undefined;
    return until.place.file === file ? until.place.position : null;
  }

  /** Goes as far as it can, and does what follows from it. */
  walk(window: EventWindow, { layout, open, stopAt }: Way): WalkStop {
    const { walker, tracker, transactions, emitter, pipeline } = this.#options;
    const walked = walker.walk(window, {
      batch: pipeline.batch,
      layout,
      file: tracker.file,
      position: tracker.position,
      within: open?.context ?? null,
      stopAt,
      bytesMax: pipeline.batchBytesMax,
    });
    const { stop, messages, lastRow } = walked;
    if (walked.events === 0) return stop;
    this.#options.counted(walked.events, walked.bytes);
    tracker.position = walked.logPos;
    if (lastRow !== null) emitter.walkedTo({ file: tracker.file, ...lastRow });
    if (open === null) transactions.walked(walked);
    else {
      this.#passedIn = open;
      if (messages > 0) open.rowsOut = true;
    }
    if (messages > 0) pipeline.written(messages);
    return stop;
  }

  /** The rows of this event went this way: the kernel may do the same with those that come. */
  learn(event: RowsEvent, { target }: TableRoute): void {
    const { walker } = this.#options;
    if (target === null) {
      walker.directory.drop(event.map);
      return;
    }
    const program = target.writer.programOf(event);
    if (program !== null) walker.directory.learn(event, program, target.writer.topicNumber);
  }

  /** The schema or the filter has changed. */
  forget(): void {
    this.#options.walker.directory.clear();
  }

  /** Before an event is read by itself: its table map may be among those that were walked over. */
  tellMap(bytes: Buffer): void {
    const { walker, parser, transactions } = this.#options;
    if (this.#passedIn === null || this.#passedIn !== transactions.open) return;
    if (bytes.length < HEADER_LENGTH + 4 || rowsLayout(bytes[TYPE_OFFSET] ?? 0) === null) return;
    const map = walker.namedMap(bytes.readUInt32LE(HEADER_LENGTH));
    if (map !== null) parser.remember(map);
  }
}
