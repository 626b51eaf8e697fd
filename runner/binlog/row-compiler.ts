/**
 * Rows events straight to messages: per table shape and row image a generated function reads the event's bytes and
 * writes the message's bytes in one pass. row-decoder.ts and the formats' encoders are the interpreted twin, the
 * truth that this is held against; whatever is rare or damaged goes their way.
 *
 * Generated text holds nothing from outside but JSON-escaped names as byte constants.
 */
import { MessageBatch } from '../../core/message-batch.ts';
import { columnReader } from './columns/column-reader.ts';
import type { Cursor, ReadValue } from './columns/cursor.ts';
import type { Constants } from './compile/column-code.ts';
import { putDecimal } from './compile/decimal-text.ts';
import { jsonRoom, putJson } from './compile/json-text.ts';
import { putAscii, putInt64, putInteger, putUint64, putUnsigned } from './compile/number-text.ts';
import { type EnvelopeTexts, type Image, rowSource } from './compile/row-source.ts';
import { GIVE_UP, makeRoom, type RowState } from './compile/state.ts';
import { escapeGrowth, putBase64, putSingleByte, putUtf8 } from './compile/string-text.ts';
import { putDate, putDatetime, putTime, putTimestamp } from './compile/temporal-text.ts';
import type { RowsEvent } from './event.ts';
import type { Program } from './kernel/program.ts';
import type { RowKernel } from './kernel/row-kernel.ts';
import { sameBitmap, TablePrograms } from './kernel/table-programs.ts';
import type { ColumnShape, ColumnValue, TableShape } from './table-shape.ts';

/** What a format gives to the compiler: the texts around the images. */
export interface RowEnvelope {
  texts(shape: TableShape, action: RowsEvent['action']): EnvelopeTexts;
  /** JSON text of a value, for what the compiler leaves to the interpreted readers. */
  valueText(column: ColumnShape, value: ColumnValue): string;
}

type RowFunction = (state: RowState) => void;

/** The functions of one table shape. */
export class CompiledTable {
  readonly shape: TableShape;
  readonly #envelope: RowEnvelope;
  readonly #splitKeyChanges: boolean;
  /** The newest function of each action, with the bitmaps that it is for. */
  readonly #newest = new Map<
    RowsEvent['action'],
    { present: Buffer; presentAfter: Buffer; run: RowFunction | null }
  >();
  readonly #all = new Map<string, RowFunction | null>();
  readonly #programs: TablePrograms | null;

  /**
   * `splitKeyChanges`: an update that changes the key is more than one message, and not for the compiled path. `kernel`:
   * what programs are for; null where there is none.
   */
  constructor(
    shape: TableShape,
    envelope: RowEnvelope,
    splitKeyChanges: boolean,
    kernel: RowKernel | null = null,
  ) {
    this.shape = shape;
    this.#envelope = envelope;
    this.#splitKeyChanges = splitKeyChanges;
    this.#programs = kernel === null ? null : new TablePrograms(kernel);
  }

  /** The kernel's program for the rows of an event that `rowFunction` has a function for; null where it has none. */
  program(event: RowsEvent): Program | null {
    return (
      this.#programs?.find(event, () => {
        const { first, second } = images(this.shape, event);
        const texts = this.#envelope.texts(this.shape, event.action);
        return { shape: this.shape, first, second, texts, checkKey: this.#splitKeyChanges };
      }) ?? null
    );
  }

  /** The function for the rows of this event; null: they are for the interpreted path. */
  rowFunction(event: RowsEvent): RowFunction | null {
    const { action, present, presentAfter, partialJson } = event;
    if (partialJson || event.columnCount !== this.shape.columns.length) return null;
    const newest = this.#newest.get(action);
    if (
      newest !== undefined &&
      sameBitmap(newest.present, present) &&
      sameBitmap(newest.presentAfter, presentAfter)
    ) {
      return newest.run;
    }
    const name = `${action} ${present.toString('hex')} ${presentAfter.toString('hex')}`;
    let run = this.#all.get(name);
    if (run === undefined) {
      run = this.#compile(event);
      this.#all.set(name, run);
    }
    this.#newest.set(action, { present: Buffer.from(present), presentAfter: Buffer.from(presentAfter), run });
    return run;
  }

  #compile(event: RowsEvent): RowFunction | null {
    const { shape } = this;
    const { first, second } = images(shape, event);
    const isEmpty = first.columns.length + (second?.columns.length ?? 0) === 0;
    // no bytes a row: how many rows there are is not to be seen
    if (isEmpty || shape.key.some((number) => !first.columns.includes(number))) return null;
    const values: unknown[] = [];
    const constants: Constants = {
      add: (value) => {
        values.push(value);
        return `c${values.length - 1}`;
      },
    };
    const texts = this.#envelope.texts(shape, event.action);
    const checkKey = this.#splitKeyChanges;
    const source = rowSource({ shape, first, second, texts, constants, checkKey });

    const helpers = {
      ...HELPERS,
      interpret: interpreter(this.#envelope),
      putFloat: floatWriter(this.#envelope),
    };
    const names = [...Object.keys(helpers), ...values.map((_value, index) => `c${index}`)];
    return new Function(...names, `'use strict';\n${source}`)(
      ...Object.values(helpers),
      ...values,
    ) as RowFunction;
  }
}

const hasBit = (bitmap: Uint8Array, index: number): boolean =>
  ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;

function images(
  shape: TableShape,
  event: RowsEvent,
): { readonly first: Image; readonly second: Image | null } {
  const image = (bitmap: Buffer): Image => ({
    columns: [...shape.columns.keys()].filter((number) => hasBit(bitmap, number)),
  });
  return {
    first: image(event.present),
    second: event.action === 'update' ? image(event.presentAfter) : null,
  };
}

function sameBytes(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = 0; i < aEnd - a; i += 1) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function putBytes(target: Buffer, at: number, text: Buffer | undefined): number {
  if (text === undefined) throw GIVE_UP;
  for (let i = 0; i < text.length; i += 1) target[at + i] = text[i] ?? 0;
  return at + text.length;
}

/** An interpreted reader's value as text; leaves the source's place in `state.from`. */
function interpreter(envelope: RowEnvelope) {
  const readers = new Map<ColumnShape, ReadValue>();
  return (state: RowState, column: ColumnShape, at: number, fixedBytes: number): number => {
    let read = readers.get(column);
    if (read === undefined) {
      read = columnReader(column);
      readers.set(column, read);
    }
    const cursor: Cursor = { bytes: state.bytes, at: state.from, end: state.end };
    const text = envelope.valueText(column, read(cursor));
    state.from = cursor.at;
    makeRoom(state, at, 3 * text.length + fixedBytes);
    return at + state.target.write(text, at);
  };
}

function floatWriter(envelope: RowEnvelope) {
  return (value: number, out: DataView, at: number, column: ColumnShape): number => {
    if (!Number.isFinite(value)) throw GIVE_UP;
    return putAscii(out, at, envelope.valueText(column, value));
  };
}

const HELPERS = {
  GIVE_UP,
  makeRoom,
  escapeGrowth,
  putBytes,
  putBase64,
  putDate,
  putDatetime,
  putDecimal,
  putInt64,
  putInteger,
  putJson,
  putSingleByte,
  putTime,
  putTimestamp,
  putUint64,
  putUnsigned,
  putUtf8,
  sameBytes,
  jsonRoom,
  putDouble: (value: number, out: DataView, at: number): number => {
    if (!Number.isFinite(value)) throw GIVE_UP;
    if (Object.is(value, -0)) return putAscii(out, at, '-0.0');
    return Number.isSafeInteger(value) ? putInteger(out, at, value) : putAscii(out, at, String(value));
  },
};

/** More than the servers allow in an index (16 in MySQL, 32 in MariaDB). */
const KEY_COLUMNS_MAX = 64;

/** A state that reads and writes nothing yet. */
export function rowState(): RowState {
  const bytes = Buffer.alloc(0);
  const batch = new MessageBatch(0);
  return {
    bytes,
    source: new DataView(bytes.buffer),
    from: 0,
    end: 0,
    nulls: 0,
    batch,
    target: batch.bytes,
    out: batch.view,
    at: 0,
    keyEnd: 0,
    keys: new Int32Array(4 * KEY_COLUMNS_MAX),
  };
}
