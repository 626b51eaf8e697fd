/** What stands behind the images of a `galaxy` message: header and id, as bytes, with little work a row. */
import { fileSequence } from '../../core/position.ts';
import { putPadded, putUnsigned } from '../binlog/compile/number-text.ts';
import type { TailLengths } from '../binlog/kernel/row-kernel.ts';
import type { TailTemplate } from '../binlog/kernel/tail-template.ts';
import type { RowTail } from './compiled-rows.ts';
import type { DdlContext, TransactionContext } from './envelope.ts';

/** Enough for names of files and GTIDs of any length, with every character escaped. */
const TEXT_BYTES = 8_192;
/** With what stands around them. */
const TAIL_BYTES = 16_384;
const LIMIT = 1e9;

/** A text that is written once and copied often. */
class FixedText {
  readonly #bytes: Buffer;
  readonly view: DataView;
  length = 0;

  constructor(bytes: Buffer = Buffer.alloc(TEXT_BYTES)) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  set(text: string): void {
    this.length = this.#bytes.write(text);
  }
}

/**
 * Eight bytes at a time; what is copied beyond `length` is written over. As doubles: no eight bytes of UTF-8 are a
 * NaN, whose bits might not survive.
 */
function copyText(from: FixedText, out: DataView, at: number): number {
  const { view, length } = from;
  for (let i = 0; i < length; i += 8) out.setFloat64(at + i, view.getFloat64(i, true), true);
  return at + length;
}

/** By the number of digits: what no longer fits. A table, since a power is a call. */
const POWERS = Array.from({ length: 16 }, (_, digits) => 10 ** digits);

/** A whole number with zeros before it, `digits` of them in all where it has no more. */
function putId(out: DataView, at: number, value: number, digits: number): number {
  if (value >= (POWERS[digits] ?? 0)) return putUnsigned(out, at, value);
  if (digits <= 9) return putPadded(out, at, value, digits);
  const high = Math.floor(value / LIMIT);
  return putPadded(out, putPadded(out, at, high, digits - 9), value - high * LIMIT, 9);
}

const DASH = 0x2d;
/** `"}` */
const END = 0x7d22;

const TIMESTAMP = new FixedText();
TIMESTAMP.set('"event_header":{"timestamp":');
const LOG_POS = new FixedText();
LOG_POS.set(',"log_pos":');

const fileText = (file: string, serverId: number): string =>
  `,"file":${JSON.stringify(file)},"server_id":${serverId},"gtid":`;
const fileNumberText = (file: string): string => String(fileSequence(file) ?? 0).padStart(10, '0');

/** The same for the kernel, of events that are in no compressed transaction. */
export function galaxyTailTemplate(file: string, serverId: number): TailTemplate {
  return {
    before: [
      ['"event_header":{"timestamp":', 'timestamp'],
      [',"log_pos":', 'logPos'],
      [fileText(file, serverId), 'gtid'],
      [',"row":', 'none'],
    ],
    behind: [
      [',"commit_us":', 'commitUs'],
      [`},"id":"${fileNumberText(file)}-`, 'paddedLogPos'],
      ['-000000-', 'none'],
    ],
  };
}

/**
 * One event at a time: `begin`, then `put` for each of its rows. What all rows of an event share is written once, in
 * two parts: up to the row's number in the header, and from behind it up to the row's number in the id. From one event
 * of a transaction to the next only digits change, mostly in their places.
 */
export class GalaxyTail implements RowTail {
  #transaction: TransactionContext | null = null;
  #serverId = -1;
  #timestamp = -1;
  #file = '';
  #fileText = '';
  #fileNumber = '';
  /** Of the transaction: file, server and GTID; commit time and the file in the id. */
  readonly #source = new FixedText();
  readonly #commit = new FixedText();
  readonly #beforeRow: FixedText;
  readonly #behindRow: FixedText;
  /** Where the position's digits begin in the text before the row, and which positions have as many. */
  #logPosAt = 0;
  #logPosFrom = 0;
  #logPosBelow = 0;

  /** Where the two texts of an event go; the kernel reads them there. */
  constructor(beforeRow: Buffer = Buffer.alloc(TAIL_BYTES), behindRow: Buffer = Buffer.alloc(TAIL_BYTES)) {
    this.#beforeRow = new FixedText(beforeRow);
    this.#behindRow = new FixedText(behindRow);
  }

  get lengths(): TailLengths {
    return { beforeRow: this.#beforeRow.length, behindRow: this.#behindRow.length };
  }

  begin(context: DdlContext): void {
    const { transaction, serverId, timestamp, logPos, innerEvent } = context;
    const isSame = transaction === this.#transaction && serverId === this.#serverId;
    if (!isSame) this.#beginTransaction(transaction, serverId);
    const before = this.#beforeRow.view;
    if (isSame && timestamp === this.#timestamp && logPos >= this.#logPosFrom && logPos < this.#logPosBelow) {
      putUnsigned(before, this.#logPosAt, logPos);
    } else {
      let at = copyText(TIMESTAMP, before, 0);
      at = putUnsigned(before, at, timestamp);
      this.#logPosAt = copyText(LOG_POS, before, at);
      at = putUnsigned(before, this.#logPosAt, logPos);
      this.#beforeRow.length = copyText(this.#source, before, at);
      this.#timestamp = timestamp;
      this.#logPosBelow = POWERS[at - this.#logPosAt] ?? 0;
      this.#logPosFrom = this.#logPosBelow / 10;
    }
    const behind = this.#behindRow.view;
    let at = putId(behind, this.#commit.length, logPos, 13);
    behind.setUint8(at, DASH);
    at = putId(behind, at + 1, innerEvent, 6);
    behind.setUint8(at, DASH);
    this.#behindRow.length = at + 1;
  }

  #beginTransaction(transaction: TransactionContext, serverId: number): void {
    const { file, gtid, commitUs } = transaction;
    if (file !== this.#file || serverId !== this.#serverId) {
      this.#file = file;
      this.#fileText = fileText(file, serverId);
      this.#fileNumber = fileNumberText(file);
    }
    this.#transaction = transaction;
    this.#serverId = serverId;
    this.#source.set(`${this.#fileText}${JSON.stringify(gtid)},"row":`);
    this.#commit.set(`,"commit_us":${commitUs}},"id":"${this.#fileNumber}-`);
    copyText(this.#commit, this.#behindRow.view, 0);
  }

  get roomBytes(): number {
    return this.#beforeRow.length + this.#behindRow.length + 64;
  }

  put(out: DataView, to: number, row: number): number {
    let at = copyText(this.#beforeRow, out, to);
    at = putUnsigned(out, at, row);
    at = copyText(this.#behindRow, out, at);
    at = putId(out, at, row, 7);
    out.setUint16(at, END, true);
    return at + 2;
  }
}
