/**
 * The kernel: rows of one event, from the bytes of their images to the bytes of their messages, in WebAssembly with
 * sixteen bytes at a time (assembly/ has its source). It works by programs, one for each shape and row image
 * (program.ts); what it can't do it leaves, row by row, to the compiled and the interpreted path, its twins.
 */
import type { MessageBatch } from '../../../core/message-batch.ts';
import { columnReader } from '../columns/column-reader.ts';
import type { ReadValue } from '../columns/cursor.ts';
import { doubleJsonText } from '../columns/double-text.ts';
import { JSON_TYPE, JsonDocument } from '../columns/json-layout.ts';
import { scalarText } from '../columns/json-scalar.ts';
import { GIVE_UP } from '../compile/state.ts';
import type { ColumnShape, ColumnValue } from '../table-shape.ts';
import { CALL_AT, KernelMemory } from './kernel-memory.ts';
import { writeKernelTables } from './kernel-tables.ts';
import { type Program, ProgramMaker } from './program.ts';
import { ROWS_WASM } from './rows-wasm.ts';

/** JSON text of a value, as the format has it. */
export type ValueText = (column: ColumnShape, value: ColumnValue) => string;

/** Lengths of the two texts behind the images, which stand in the kernel's memory. */
export interface TailLengths {
  readonly beforeRow: number;
  readonly behindRow: number;
}

export interface KernelRows {
  readonly program: Program;
  /** Place of the rows that are left, and their end, in the kernel's memory. */
  readonly from: number;
  readonly end: number;
  /** Number of the first of them in its event. */
  readonly row: number;
  readonly topic: number;
  readonly tail: TailLengths;
  /** Of the batch: it is full then. */
  readonly bytesMax: number;
}

/** Why the kernel stopped. `elsewhere`: the batch does not lie in its memory. */
export type KernelStop = 'done' | 'full' | 'no-room' | 'gave-up' | 'elsewhere';

const STOPS: readonly KernelStop[] = ['done', 'full', 'no-room'];
/** Ends that the kernel does not return from. */
export const STOPPED = { gaveUp: 100, noRoom: 101 } as const;
const NEVER = 0xffff_ffff;
const NO_ROOM = new Error('no room for the row');
/** `"}`, ids and what sixteen bytes at a time write too much. */
const TAIL_ROOM = 128;

let module: WebAssembly.Module | null = null;

const columnOf = (kind: ColumnShape['kind']): ColumnShape => ({
  name: kind,
  kind,
  wireType: 0,
  meta: 0,
  unsigned: false,
  length: 0,
  precision: 0,
  scale: 0,
  fraction: 0,
  charset: '',
  labels: [],
  compressed: false,
});
const DOUBLE = columnOf('double');
const FLOAT = columnOf('float');

export class RowKernel {
  readonly memory = new KernelMemory();
  readonly programs: ProgramMaker;
  readonly #valueText: ValueText;
  readonly #encode: () => number;
  readonly #walk: () => number;
  readonly #scan: () => void;
  readonly #call: Uint32Array;
  readonly #outside: { readonly column: ColumnShape; readonly read: ReadValue }[] = [];
  /** Raised when all programs are forgotten. */
  generation = 0;

  constructor(valueText: ValueText) {
    this.#valueText = valueText;
    this.programs = new ProgramMaker(this.memory, (column) => this.#leave(column));
    writeKernelTables(this.memory);
    this.#call = this.memory.words.subarray(CALL_AT / 4, CALL_AT / 4 + 32);
    module ??= new WebAssembly.Module(Buffer.from(ROWS_WASM, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { env: this.#imports() });
    this.#encode = exports.encode as () => number;
    this.#walk = exports.walk as () => number;
    this.#scan = exports.scan as () => void;
    (exports.makeShifts as () => void)();
  }

  /** Forgets all programs: the memory for them was used up. */
  forget(): void {
    this.programs.clear();
    this.#outside.length = 0;
    this.generation += 1;
  }

  /**
   * Writes messages until the rows end, the batch is full, or something is in the way; `from` of the answer is the first
   * row that is left. The batch's messages of before stay as they are.
   */
  run(batch: MessageBatch, rows: KernelRows): { readonly stop: KernelStop; readonly from: number } {
    const index = batch.indexAtHome;
    if (index === null || index.buffer !== this.memory.memory.buffer) {
      return { stop: 'elsewhere', from: rows.from };
    }
    const call = this.#call;
    this.#describe(rows);
    const base = this.#aim(batch, index, rows.bytesMax);
    const number = this.#calling(this.#encode);
    const stop = number === STOPPED.noRoom ? 'no-room' : (STOPS[number] ?? 'gave-up');
    batch.wrote((call[8] ?? 0) - rows.row, (call[2] ?? 0) - base);
    return { stop, from: call[0] ?? rows.from };
  }

  /** Walks through the events of the window; assembly/walk.ts has why it stops, STOPPED what else may be. */
  walk(batch: MessageBatch): number {
    const index = batch.indexAtHome;
    if (index === null) return STOPPED.gaveUp;
    this.#aim(batch, index, NEVER);
    return this.#calling(this.#walk);
  }

  /** Looks how far the window holds ordinary events. */
  scan(): void {
    this.#scan();
  }

  /** Where the messages go, up to `bytesMax` of them; where the batch's memory begins. */
  #aim(batch: MessageBatch, index: Uint32Array, bytesMax: number): number {
    const base = batch.bytes.byteOffset;
    const call = this.#call;
    call[2] = base + batch.length;
    call[3] = base + batch.bytes.length;
    call[4] = Math.min(base + bytesMax, NEVER);
    call[5] = base;
    call[6] = index.byteOffset + 16 * batch.count;
    call[7] = index.byteOffset + index.byteLength;
    return base;
  }

  #calling(call: () => number): number {
    try {
      return call();
    } catch (error) {
      // whatever it was: the row at hand is read by the other paths, which know, or tell what is wrong with it
      return error === NO_ROOM ? STOPPED.noRoom : STOPPED.gaveUp;
    }
  }

  #describe({ program, from, end, row, topic, tail }: KernelRows): void {
    const call = this.#call;
    call[0] = from;
    call[1] = end;
    call[8] = row;
    call[9] = tail.beforeRow;
    call[10] = tail.behindRow;
    call.set(program.words, 11);
    call[11] = (call[11] ?? 0) + tail.beforeRow + tail.behindRow + TAIL_ROOM;
    call[25] = topic;
  }

  #leave(column: ColumnShape): number {
    this.#outside.push({ column, read: columnReader(column) });
    return this.#outside.length - 1;
  }

  #imports(): Record<string, unknown> {
    const { bytes, memory } = this.memory;
    const put = (text: string, to: number): number => to + bytes.write(text, to);
    const finite = (column: ColumnShape, value: number, to: number): number => {
      if (!Number.isFinite(value)) throw GIVE_UP;
      return put(this.#valueText(column, value), to);
    };
    return {
      memory,
      giveUp: () => {
        throw GIVE_UP;
      },
      noRoom: () => {
        throw NO_ROOM;
      },
      putDouble: (value: number, to: number) => finite(DOUBLE, value, to),
      putFloat: (value: number, to: number) => finite(FLOAT, value, to),
      putJsonDouble: (value: number, to: number) => {
        if (!Number.isFinite(value)) throw GIVE_UP;
        return put(doubleJsonText(value), to);
      },
      putOpaque: (from: number, end: number, to: number) => {
        const place = { type: JSON_TYPE.OPAQUE, at: 0, end: end - from };
        return put(scalarText(new JsonDocument(bytes.subarray(from, end)), place), to);
      },
      putOutside: (number: number, from: number, end: number, to: number) =>
        this.#putOutside(number, from, end, to),
    };
  }

  #putOutside(number: number, from: number, end: number, to: number): number {
    const left = this.#outside[number];
    if (left === undefined) throw GIVE_UP;
    const { bytes } = this.memory;
    const cursor = { bytes, at: from, end };
    const text = this.#valueText(left.column, left.read(cursor));
    if (cursor.at !== end) throw GIVE_UP;
    const [limit = 0, room = 0] = [this.#call[3], this.#call[11]];
    if (to + 3 * text.length + room > limit) throw NO_ROOM;
    return to + bytes.write(text, to);
  }
}
