/** Programs for the kernel: what assembly/rows.ts does per column of a table shape, in words of its memory. */
import { COLUMN_TYPE } from '../column-types.ts';
import { lengthBytes, oldTemporalBytes } from '../columns/sizes.ts';
import { decimalGroups } from '../compile/decimal-text.ts';
import type { EnvelopeTexts, Image } from '../compile/row-source.ts';
import { singleByteTable } from '../compile/string-text.ts';
import type { ColumnShape, TableShape } from '../table-shape.ts';
import type { KernelMemory } from './kernel-memory.ts';

const OP = {
  INT8: 1,
  UINT8: 2,
  INT16: 3,
  UINT16: 4,
  INT24: 5,
  UINT24: 6,
  INT32: 7,
  UINT32: 8,
  INT64: 9,
  UINT64: 10,
  YEAR: 11,
  DECIMAL: 12,
  FLOAT: 13,
  DOUBLE: 14,
  DATE: 15,
  DATETIME: 16,
  TIMESTAMP: 17,
  TIME: 18,
  UTF8: 19,
  SINGLE_BYTE: 20,
  BYTES: 21,
  ENUM: 22,
  BIT: 23,
  JSON: 24,
  OUTSIDE: 25,
} as const;

const OP_BYTES = 32;
const NO_SLOT = 0xffff_ffff;
const UTF8 = new Set(['utf8mb4', 'utf8mb3', 'utf8']);

/** What is done with the rows of one kind of events. */
export interface Program {
  /** Words 11 to 26 of the call (assembly/rows.ts), without the topic and the room for the texts behind the images. */
  readonly words: Uint32Array;
}

interface TextPlace {
  readonly at: number;
  readonly length: number;
}

/** One column's operation. `size`: bytes of its value; below zero: of the length in front of it. */
interface Operation {
  readonly code: number;
  readonly a: number;
  readonly b: number;
  readonly size: number;
  readonly roomBytes: number;
}

/** Thrown where the memory for programs is used up. */
export const PROGRAMS_FULL = new Error('the memory for programs is used up');

export interface ProgramOptions {
  readonly shape: TableShape;
  readonly first: Image;
  readonly second: Image | null;
  readonly texts: EnvelopeTexts;
  readonly checkKey: boolean;
}

const INTEGERS: Readonly<Record<string, readonly [number, number, number]>> = {
  tinyint: [OP.INT8, OP.UINT8, 1],
  smallint: [OP.INT16, OP.UINT16, 2],
  mediumint: [OP.INT24, OP.UINT24, 3],
  int: [OP.INT32, OP.UINT32, 4],
  bigint: [OP.INT64, OP.UINT64, 8],
};

/** Makes programs in one memory. `outside` gives the number by which JavaScript knows a column that is left to it. */
export class ProgramMaker {
  readonly #memory: KernelMemory;
  readonly #outside: (column: ColumnShape) => number;
  readonly #tables = new Map<string, number>();

  constructor(memory: KernelMemory, outside: (column: ColumnShape) => number) {
    this.#memory = memory;
    this.#outside = outside;
  }

  /** null where the shape has a column of no size that we know. PROGRAMS_FULL. */
  make({ shape, first, second, texts, checkKey }: ProgramOptions): Program | null {
    const operations = shape.columns.map((column) => this.#operation(column));
    if (operations.some(({ size }) => size === 0)) return null;
    const wholeRowIsKey = shape.key.length === 0;
    const scanned = shape.key.map((number) => first.columns.indexOf(number) + 1);
    const [head, between, behind] = [texts.head, texts.between, texts.behind].map((text) => this.#text(text));
    if (head === undefined || between === undefined || behind === undefined) throw PROGRAMS_FULL;
    const room = (columns: readonly number[]): number =>
      columns.reduce(
        (sum, number) =>
          sum + 3 * (shape.columns[number]?.name.length ?? 0) + 8 + (operations[number]?.roomBytes ?? 0),
        16,
      );
    const rooms = [first.columns, second?.columns ?? [], shape.key].map(room);
    const fixedRoom =
      rooms.reduce((sum, bytes) => sum + bytes) + head.length + between.length + behind.length + 64;
    const firstOps = this.#operations(shape, operations, first.columns);
    const secondOps = this.#operations(shape, operations, second?.columns ?? []);
    const keyOps = this.#operations(shape, operations, shape.key);
    const flags = (second === null ? 0 : 1) | (wholeRowIsKey ? 2 : 0) | (checkKey ? 4 : 0);
    return {
      words: Uint32Array.of(
        ...[fixedRoom, first.columns.length, firstOps, secondOps],
        ...[Math.max(0, ...scanned), shape.key.length, keyOps],
        ...[head.at, head.length, between.at, between.length, behind.at, behind.length],
        ...[flags, 0, second?.columns.length ?? 0],
      ),
    };
  }

  /** All that was made is forgotten. */
  clear(): void {
    this.#tables.clear();
    this.#memory.clearPrograms();
  }

  #operations(shape: TableShape, operations: readonly Operation[], columns: readonly number[]): number {
    const at = this.#allocate(columns.length * OP_BYTES);
    for (const [index, number] of columns.entries()) {
      const { code, a, b, size } = operations[number] ?? { code: 0, a: 0, b: 0, size: 0 };
      const label = this.#text(`${index === 0 ? '{' : ','}${JSON.stringify(shape.columns[number]?.name)}:`);
      const slot = shape.key.indexOf(number);
      const words = [code, a, b, 0, label.at, label.length, size >>> 0, slot < 0 ? NO_SLOT : slot];
      this.#memory.words.set(words, (at + index * OP_BYTES) >> 2);
    }
    return at;
  }

  #allocate(size: number): number {
    const at = this.#memory.allocate(size);
    if (at === null) throw PROGRAMS_FULL;
    return at;
  }

  #text(text: string): TextPlace {
    const bytes = Buffer.from(text, 'utf8');
    const at = this.#allocate(bytes.length);
    this.#memory.bytes.set(bytes, at);
    return { at, length: bytes.length };
  }

  #singleByte(charset: string): number | null {
    const known = this.#tables.get(charset);
    if (known !== undefined) return known;
    const table = singleByteTable(charset);
    if (table === null) return null;
    const at = this.#allocate(table.byteLength);
    this.#memory.words.set(table, at >> 2);
    this.#tables.set(charset, at);
    return at;
  }

  /** How many, then place and length of each. */
  #labels(labels: readonly string[]): { readonly at: number; readonly longest: number } {
    const texts = ['', ...labels].map((label) => this.#text(JSON.stringify(label)));
    const at = this.#allocate(4 + 8 * texts.length);
    this.#memory.words.set([texts.length, ...texts.flatMap((text) => [text.at, text.length])], at >> 2);
    return { at, longest: Math.max(...texts.map(({ length }) => length)) };
  }

  #operation(column: ColumnShape): Operation {
    if (column.compressed) return this.#leftOutside(column, -lengthBytes(column));
    const integer = INTEGERS[column.kind];
    if (integer !== undefined) {
      const [signed, unsigned, size] = integer;
      return { code: column.unsigned ? unsigned : signed, a: 0, b: 0, size, roomBytes: 24 };
    }
    switch (column.kind) {
      case 'year':
        return { code: OP.YEAR, a: 0, b: 0, size: 1, roomBytes: 8 };
      case 'decimal': {
        const groups = decimalGroups(column.precision, column.scale);
        const { leadDigits, wholeGroups, fractionGroups, tailDigits, bytes } = groups;
        const a = leadDigits | (wholeGroups << 8) | (fractionGroups << 16) | (tailDigits << 24);
        return { code: OP.DECIMAL, a: a >>> 0, b: 0, size: bytes, roomBytes: 96 };
      }
      case 'float':
        return { code: OP.FLOAT, a: 0, b: 0, size: 4, roomBytes: 40 };
      case 'double':
        return { code: OP.DOUBLE, a: 0, b: 0, size: 8, roomBytes: 40 };
      case 'date':
        return { code: OP.DATE, a: 0, b: 0, size: 3, roomBytes: 16 };
      case 'time':
      case 'datetime':
      case 'timestamp':
        return this.#temporal(column);
      case 'bit': {
        const size = (column.length + 7) >> 3;
        return { code: OP.BIT, a: size, b: 0, size, roomBytes: 24 };
      }
      case 'enum': {
        const { at, longest } = this.#labels(column.labels);
        const size = column.meta & 0xff;
        return { code: OP.ENUM, a: size, b: at, size, roomBytes: longest + 16 };
      }
      case 'set':
        return this.#leftOutside(column, column.meta & 0xff);
      case 'char':
      case 'varchar':
      case 'text':
        return this.#textOperation(column);
      case 'binary':
      case 'varbinary':
      case 'blob': {
        const whole = column.kind === 'binary' ? column.length : 0;
        const a = lengthBytes(column);
        return { code: OP.BYTES, a, b: whole, size: -a, roomBytes: 24 };
      }
      case 'json': {
        const a = lengthBytes(column);
        return { code: OP.JSON, a, b: 0, size: -a, roomBytes: 24 };
      }
      default:
        return this.#leftOutside(column, -lengthBytes(column));
    }
  }

  #textOperation(column: ColumnShape): Operation {
    const a = lengthBytes(column);
    if (UTF8.has(column.charset)) return { code: OP.UTF8, a, b: 0, size: -a, roomBytes: 40 };
    const table = this.#singleByte(column.charset);
    if (table === null) return this.#leftOutside(column, -a);
    return { code: OP.SINGLE_BYTE, a, b: table, size: -a, roomBytes: 40 };
  }

  #temporal(column: ColumnShape): Operation {
    const { kind, wireType, fraction: a } = column;
    const size = (a + 1) >> 1;
    const roomBytes = 48;
    if (wireType === COLUMN_TYPE.DATETIME2) return { code: OP.DATETIME, a, b: 0, size: 5 + size, roomBytes };
    if (wireType === COLUMN_TYPE.TIMESTAMP2)
      return { code: OP.TIMESTAMP, a, b: 0, size: 4 + size, roomBytes };
    if (wireType === COLUMN_TYPE.TIME2) return { code: OP.TIME, a, b: 0, size: 3 + size, roomBytes };
    return this.#leftOutside(column, oldTemporalBytes(kind, a));
  }

  #leftOutside(column: ColumnShape, size: number): Operation {
    return { code: OP.OUTSIDE, a: this.#outside(column), b: 0, size, roomBytes: 24 };
  }
}
