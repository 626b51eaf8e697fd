/**
 * Walks through ordinary transactions inside the kernel (assembly/walk.ts): from the bytes of the log to the bytes of their
 * messages without an object an event. It takes whole transactions, all of whose events lie in the window, or, in the
 * middle of one that was begun event by event, as many events as it can; what it does not know it leaves untouched.
 */
import { crc32 } from 'node:zlib';
import type { MessageBatch } from '../../../core/message-batch.ts';
import { uuidText } from '../events/uuid.ts';
import type { EventWindow } from './event-window.ts';
import { type RowKernel, STOPPED } from './row-kernel.ts';
import { TableDirectory } from './table-directory.ts';
import { type TailTemplate, writeTemplate } from './tail-template.ts';

/** How the log's bytes are to be read. */
export interface WalkLayout {
  readonly flavor: 'mysql' | 'mariadb';
  readonly checksum: 'none' | 'crc32';
  readonly verify: boolean;
}

/** The transaction that was begun event by event. */
export interface BegunTransaction {
  readonly gtid: string | null;
  readonly commitUs: number | null;
}

export interface Walk {
  readonly batch: MessageBatch;
  readonly layout: WalkLayout;
  readonly file: string;
  /** Where the events at hand begin. */
  readonly position: number;
  /** null: whole transactions. */
  readonly within: BegunTransaction | null;
  /** It stops at the first end of a transaction here or behind it; null: nowhere. */
  readonly stopAt: number | null;
  /** Of the batch: it is full then. */
  readonly bytesMax: number;
}

/**
 * `more`: the events end inside a transaction. `event`: the next one is for JavaScript. `full`: the batch is to be sent.
 * `no-room`: nothing more fits into the batch. `reached`: `stopAt`.
 */
export type WalkStop = 'more' | 'event' | 'full' | 'no-room' | 'reached';

/** What was walked through; nothing where `events` is 0. */
export interface Walked {
  readonly stop: WalkStop;
  readonly events: number;
  readonly bytes: number;
  readonly messages: number;
  readonly transactions: number;
  /** Sets of the transactions, in order; empty without GTIDs. */
  readonly gtids: readonly string[];
  /** Of the last event, low 32 bits. */
  readonly logPos: number;
  /** Of the last transaction: unix seconds, and microseconds of its commit. */
  readonly timestamp: number;
  readonly commitUs: number | null;
  /** The last row that has a message: end of its event, and its number there. */
  readonly lastRow: { readonly logPos: number; readonly row: number } | null;
}

/** Words of the walk, as assembly/walk.ts has them. */
const WALK_AT = 4352;
const WORD = {
  at: 0,
  end: 1,
  wanted: 2,
  trailer: 3,
  serverId: 4,
  mode: 5,
  stopAt: 6,
  fullAt: 7,
  before: 8,
  behind: 9,
  stamp: 10,
  keptAt: 11,
  events: 12,
  out: 13,
  index: 14,
  logPos: 15,
  timestamp: 16,
  commitUs: 18,
  runs: 20,
  rowsLogPos: 21,
  row: 22,
  table: 24,
  transactions: 25,
  gtidLength: 26,
  commitLength: 27,
  hasUuid: 32,
  position: 33,
} as const;
const WORDS = 34;
const STOPS: readonly WalkStop[] = ['more', 'event', 'full', 'no-room', 'reached'];
const NOTHING: Walked = {
  stop: 'event',
  events: 0,
  bytes: 0,
  messages: 0,
  transactions: 0,
  gtids: [],
  logPos: 0,
  timestamp: 0,
  commitUs: null,
  lastRow: null,
};

const GTID_TEXT_AT = 4864;
const GTID_TEXT_MAX = 96;
const COMMIT_TEXT_AT = 4992;
const RUNS_AT = 5120;
const RUN_BYTES = 32;

const NEVER = 0xffff_ffff;
const CHECKSUM_LENGTH = 4;
/** Of a batch's index, a message. */
const INDEX_BYTES = 16;

export class TransactionWalker {
  readonly #directory: TableDirectory;
  readonly #kernel: RowKernel;
  readonly #template: (file: string, serverId: number) => TailTemplate;
  readonly #words: Uint32Array;
  readonly #windowAt: number;
  #generation: number;
  /** Of the template that lies in the memory. */
  #file = '';
  #serverId = -1;
  #fits: boolean = false;
  #begun: BegunTransaction | null = null;

  /** `template`: what stands behind the images, but for what the kernel knows. */
  constructor(kernel: RowKernel, template: (file: string, serverId: number) => TailTemplate) {
    this.#kernel = kernel;
    this.#template = template;
    this.#directory = new TableDirectory(kernel.memory);
    this.#words = kernel.memory.words.subarray(WALK_AT / 4, WALK_AT / 4 + WORDS);
    this.#generation = kernel.generation;
    this.#windowAt = kernel.memory.window.byteOffset;
  }

  /** Empty when the kernel has forgotten its programs: the memory of its tables then belongs to others. */
  get directory(): TableDirectory {
    if (this.#generation !== this.#kernel.generation) {
      this.#generation = this.#kernel.generation;
      this.#directory.clear();
    }
    return this.#directory;
  }

  /** The kernel's memory for events. */
  get window(): Buffer {
    return this.#kernel.memory.window;
  }

  /** Whether the kernel can write into this batch. */
  takes(batch: MessageBatch): boolean {
    return batch.indexAtHome?.buffer === this.#kernel.memory.memory.buffer;
  }

  /** The map that a rows event refers to, if the kernel has passed it in this transaction. */
  namedMap(tableId: number): ReturnType<TableDirectory['named']> {
    return this.directory.named(tableId, this.#words[WORD.stamp] ?? 0);
  }

  walk(window: EventWindow, walk: Walk): Walked {
    if (this.directory.isFull) {
      this.#kernel.forget();
      this.#generation = this.#kernel.generation;
      this.#directory.clear();
    }
    if (window.start < window.doubtedTo) return NOTHING;
    this.#look(window, walk.layout);
    if (window.soundTo === window.start || !this.#prepare(window, walk)) return NOTHING;
    const { batch } = walk;
    const words = this.#words;
    const base = batch.bytes.byteOffset;
    words[WORD.out] = base + batch.length;
    words[WORD.fullAt] = base + walk.bytesMax;
    const index = (batch.indexAtHome?.byteOffset ?? 0) + INDEX_BYTES * batch.count;
    words[WORD.index] = index;
    const stop = this.#why(this.#kernel.walk(batch), window);
    const bytes = (words[WORD.keptAt] ?? 0) - this.#windowAt - window.start;
    window.skip(bytes);
    const messages = ((words[WORD.index] ?? 0) - index) / INDEX_BYTES;
    batch.wrote(messages, (words[WORD.out] ?? 0) - base);
    return this.#walked(stop, bytes, messages, walk.layout.flavor);
  }

  /** Finds how far the window holds ordinary events, by one checksum over all of them. */
  #look(window: EventWindow, { checksum, verify }: WalkLayout): void {
    const from = window.soundTo;
    if (from === window.end) return;
    const words = this.#words;
    words[WORD.at] = this.#windowAt + from;
    words[WORD.end] = this.#windowAt + window.end;
    this.#kernel.scan();
    const to = (words[WORD.at] ?? 0) - this.#windowAt;
    if (to === from) return;
    if (checksum === 'crc32' && verify && crc32(window.view(from, to)) !== words[WORD.wanted]) {
      window.doubtedTo = to;
    } else window.soundTo = to;
  }

  /** false where the kernel can't write what stands behind the images. */
  #prepare(window: EventWindow, { file, position, within, stopAt, layout }: Walk): boolean {
    const words = this.#words;
    const serverId = window.nextServerId;
    if (file !== this.#file || serverId !== this.#serverId) {
      const template = this.#template(file, serverId);
      this.#fits = writeTemplate(this.#kernel.memory, template);
      words[WORD.before] = template.before.length;
      words[WORD.behind] = template.behind.length;
      this.#file = file;
      this.#serverId = serverId;
    }
    if (!this.#fits || (within !== null && !this.#goOn(within))) return false;
    if (within === null) this.#begun = null;
    words.fill(0, WORD.keptAt, WORD.gtidLength);
    const at = this.#windowAt + window.start;
    words[WORD.at] = at;
    words[WORD.keptAt] = at;
    words[WORD.end] = this.#windowAt + window.soundTo;
    words[WORD.trailer] = layout.checksum === 'crc32' ? CHECKSUM_LENGTH : 0;
    words[WORD.serverId] = serverId;
    words[WORD.mode] = within === null ? 0 : 1;
    words[WORD.position] = position;
    words[WORD.stopAt] = Math.min(stopAt ?? NEVER, NEVER);
    return true;
  }

  /** The texts of the transaction that was begun event by event. */
  #goOn(begun: BegunTransaction): boolean {
    if (begun === this.#begun) return true;
    const words = this.#words;
    const gtid = JSON.stringify(begun.gtid);
    if (gtid.length > GTID_TEXT_MAX) return false;
    const { bytes } = this.#kernel.memory;
    words[WORD.gtidLength] = bytes.write(gtid, GTID_TEXT_AT, 'latin1');
    words[WORD.commitLength] = bytes.write(String(begun.commitUs), COMMIT_TEXT_AT, 'latin1');
    words[WORD.hasUuid] = 0;
    words[WORD.stamp] = (words[WORD.stamp] ?? 0) + 1;
    this.#begun = begun;
    return true;
  }

  #why(stop: number, window: EventWindow): WalkStop {
    if (stop === STOPPED.gaveUp) {
      this.#directory.penalize(this.#words[WORD.table] ?? 0);
      return 'event';
    }
    if (stop === STOPPED.noRoom) return 'no-room';
    const why = STOPS[stop] ?? 'event';
    // behind what was looked at stands an event of another kind
    return why === 'more' && window.soundTo < window.end ? 'event' : why;
  }

  #walked(stop: WalkStop, bytes: number, messages: number, flavor: WalkLayout['flavor']): Walked {
    const words = this.#words;
    const commitUs = this.#kernel.memory.view.getFloat64(WALK_AT + 4 * WORD.commitUs, true);
    const lastLogPos = words[WORD.rowsLogPos] ?? 0;
    return {
      stop,
      bytes,
      messages,
      events: words[WORD.events] ?? 0,
      transactions: words[WORD.transactions] ?? 0,
      gtids: this.#runs(words[WORD.runs] ?? 0, flavor),
      logPos: words[WORD.logPos] ?? 0,
      timestamp: words[WORD.timestamp] ?? 0,
      commitUs: commitUs === 0 ? null : commitUs,
      lastRow: lastLogPos === 0 ? null : { logPos: lastLogPos, row: words[WORD.row] ?? 0 },
    };
  }

  #runs(count: number, flavor: WalkLayout['flavor']): string[] {
    const { bytes, view } = this.#kernel.memory;
    return Array.from({ length: count }, (_, run) => {
      const at = RUNS_AT + run * RUN_BYTES;
      const first = view.getBigUint64(at + 16, true);
      const last = view.getBigUint64(at + 24, true);
      if (flavor === 'mariadb') {
        return `${view.getUint32(at, true)}-${view.getUint32(at + 4, true)}-${last}`;
      }
      return `${uuidText(bytes, at)}:${first}${last === first ? '' : `-${last}`}`;
    });
  }
}
