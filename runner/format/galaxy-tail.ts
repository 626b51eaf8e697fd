/** What stands behind the images of a `galaxy` message: header and id, as bytes, with little work a row. */
import { fileSequence } from '../../core/position.ts';
import { putPadded, putUnsigned } from '../binlog/compile/number-text.ts';
import type { RowTail } from './compiled-rows.ts';
import type { DdlContext, TransactionContext } from './envelope.ts';

/** Enough for names of files and GTIDs of any length, with every character escaped. */
const TEXT_BYTES = 8192;
const LIMIT = 1e9;

/** A text that is written once and copied often. */
class FixedText {
  readonly #bytes = Buffer.alloc(TEXT_BYTES);
  readonly view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, TEXT_BYTES);
  length = 0;

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

/** A whole number with zeros before it, `digits` of them in all where it has no more. */
function putId(out: DataView, at: number, value: number, digits: number): number {
  if (digits <= 9 ? value >= 10 ** digits : value >= LIMIT * 10 ** (digits - 9))
    return putUnsigned(out, at, value);
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

/** One event at a time: `begin`, then `put` for each of its rows. */
export class GalaxyTail implements RowTail {
  #transaction: TransactionContext | null = null;
  #serverId = -1;
  /** Of the transaction: file, server and GTID; commit time and the file in the id. */
  readonly #source = new FixedText();
  readonly #commit = new FixedText();
  #timestamp = 0;
  #logPos = 0;
  #innerEvent = 0;

  begin(context: DdlContext): void {
    const { transaction, serverId } = context;
    if (transaction !== this.#transaction || serverId !== this.#serverId) {
      this.#transaction = transaction;
      this.#serverId = serverId;
      const { file, gtid, commitUs } = transaction;
      const number = String(fileSequence(file) ?? 0).padStart(10, '0');
      this.#source.set(
        `,"file":${JSON.stringify(file)},"server_id":${serverId},"gtid":${JSON.stringify(gtid)},"row":`,
      );
      this.#commit.set(`,"commit_us":${commitUs}},"id":"${number}-`);
    }
    this.#timestamp = context.timestamp;
    this.#logPos = context.logPos;
    this.#innerEvent = context.innerEvent;
  }

  get roomBytes(): number {
    return this.#source.length + this.#commit.length + 160;
  }

  put(out: DataView, to: number, row: number): number {
    let at = copyText(TIMESTAMP, out, to);
    at = putUnsigned(out, at, this.#timestamp);
    at = copyText(LOG_POS, out, at);
    at = putUnsigned(out, at, this.#logPos);
    at = copyText(this.#source, out, at);
    at = putUnsigned(out, at, row);
    at = copyText(this.#commit, out, at);
    at = putId(out, at, this.#logPos, 13);
    out.setUint8(at, DASH);
    at = putId(out, at + 1, this.#innerEvent, 6);
    out.setUint8(at, DASH);
    at = putId(out, at + 1, row, 7);
    out.setUint16(at, END, true);
    return at + 2;
  }
}
