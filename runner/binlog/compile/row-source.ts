/**
 * The source text of the function that writes one row's message: key, then value. Wide images are cut into several
 * functions: the engine's optimizer leaves functions above a certain size alone.
 */
import type { TableShape } from '../table-shape.ts';
import { type ColumnCode, type Constants, columnCode } from './column-code.ts';

/** The fixed text around the images of a message. */
export interface EnvelopeTexts {
  readonly head: string;
  /** Between the before and the after image of an update. */
  readonly between: string;
  /** Behind the last image; what differs from row to row follows. */
  readonly behind: string;
}

export interface Image {
  /** Numbers of the columns that are in it, in order. */
  readonly columns: readonly number[];
}

export interface RowSourceOptions {
  readonly shape: TableShape;
  readonly first: Image;
  /** Of an update: the after image. */
  readonly second: Image | null;
  readonly texts: EnvelopeTexts;
  readonly constants: Constants;
  /** Give up where an update changes the key. */
  readonly checkKey: boolean;
}

const SEGMENT_COLUMNS = 24;
const SLACK_BYTES = 16;

/** Writes constant bytes at q and moves it on. */
function put(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  let code = '';
  let at = 0;
  const place = (offset: number): string => (offset === 0 ? 'q' : `q + ${offset}`);
  // as doubles: no eight bytes of UTF-8 are a NaN, and the shortest text of a double reads back to its bits
  for (; at + 8 <= bytes.length; at += 8) {
    code += `w.setFloat64(${place(at)}, ${bytes.readDoubleLE(at)}, true); `;
  }
  for (; at + 4 <= bytes.length; at += 4)
    code += `w.setInt32(${place(at)}, ${bytes.readInt32LE(at)}, true); `;
  for (; at < bytes.length; at += 1) code += `o[${place(at)}] = ${bytes[at]}; `;
  return `${code}q += ${bytes.length};`;
}

function functionText(name: string, body: readonly string[], roomBytes: number): string {
  return [
    `function ${name}(s) {`,
    `const FIXED = ${roomBytes + SLACK_BYTES};`,
    'const b = s.bytes, d = s.source, nulls = s.nulls;',
    'let p = s.from, q = s.at, n = 0;',
    'if (q + FIXED > s.target.length) makeRoom(s, q, FIXED);',
    'let o = s.target, w = s.out;',
    ...body,
    's.from = p; s.at = q;',
    '}',
  ].join('\n');
}

const isNull = (index: number): string => `(b[nulls + ${index >> 3}] & ${1 << (index & 7)}) !== 0`;

class RowSource {
  readonly #options: RowSourceOptions;
  readonly #codes: ColumnCode[];
  readonly #functions: string[] = [];

  constructor(options: RowSourceOptions) {
    this.#options = options;
    this.#codes = options.shape.columns.map((column) => columnCode(column, options.constants));
  }

  text(): string {
    const { shape, first, second, texts, checkKey } = this.#options;
    const wholeRowIsKey = shape.key.length === 0;
    const firstImage = this.#image(first, 'first');
    const secondImage = second === null ? null : this.#image(second, 'second');
    const begin = (image: Image): string => `s.nulls = s.from; s.from += ${(image.columns.length + 7) >> 3};`;
    const constant = (text: string): string => {
      const name = `text${this.#functions.length}`;
      this.#functions.push(functionText(name, [put(text)], text.length * 3));
      return `${name}(s);`;
    };
    const lines = ['const start = s.at;'];
    if (wholeRowIsKey) {
      lines.push(begin(first), firstImage, 's.keyEnd = s.at;', constant(texts.head));
      lines.push('const size = s.keyEnd - start; makeRoom(s, s.at, size);');
      lines.push('s.target.copyWithin(s.at, start, s.keyEnd); s.at += size;');
    } else {
      lines.push(this.#key(first), 's.keyEnd = s.at;', constant(texts.head), begin(first), firstImage);
    }
    if (second !== null && secondImage !== null) {
      lines.push(constant(texts.between), begin(second), secondImage);
    }
    lines.push('if (s.from > s.end) throw GIVE_UP;');
    if (second !== null && checkKey) lines.push(this.#sameKey(second));
    lines.push(constant(texts.behind));
    return [...this.#functions, 'return function row(s) {', ...lines, '};'].join('\n');
  }

  /** Calls of the functions that write an image. */
  #image(image: Image, which: 'first' | 'second'): string {
    if (image.columns.length === 0) {
      const name = `${which}Empty`;
      this.#functions.push(functionText(name, [put('{}')], 2));
      return `${name}(s);`;
    }
    const calls: string[] = [];
    for (let from = 0; from < image.columns.length; from += SEGMENT_COLUMNS) {
      const name = `${which}${from}`;
      const to = Math.min(from + SEGMENT_COLUMNS, image.columns.length);
      this.#functions.push(this.#segment(name, image, from, to, which));
      calls.push(`${name}(s);`);
    }
    return calls.join(' ');
  }

  #segment(name: string, image: Image, from: number, to: number, which: 'first' | 'second'): string {
    const body: string[] = [];
    let roomBytes = 1;
    for (let index = from; index < to; index += 1) {
      const number = image.columns[index] ?? 0;
      const code = this.#codes[number];
      const column = this.#options.shape.columns[number];
      if (code === undefined || column === undefined) continue;
      const label = `${index === 0 ? '{' : ','}${JSON.stringify(column.name)}:`;
      const slot = which === 'second' ? this.#options.shape.key.indexOf(number) : -1;
      if (slot >= 0) body.push(`s.keys[${4 * slot + 2}] = p;`);
      body.push(put(label), `if (${isNull(index)}) { w.setInt32(q, 1819047278, true); q += 4; }`);
      body.push(`else { ${code.write} }`);
      if (slot >= 0) body.push(`s.keys[${4 * slot + 3}] = p;`);
      roomBytes += Buffer.byteLength(label) + code.roomBytes + 4;
    }
    if (to === image.columns.length) body.push(put('}'));
    return functionText(name, body, roomBytes);
  }

  /** Finds the key's columns in the first image and writes them in the key's order; the cursor stays. */
  #key(image: Image): string {
    const { shape } = this.#options;
    const last = Math.max(...shape.key.map((number) => image.columns.indexOf(number)));
    const body = [`const origin = p; const zero = p; p += ${(image.columns.length + 7) >> 3};`];
    for (let index = 0; index <= last; index += 1) {
      const number = image.columns[index] ?? 0;
      const slot = shape.key.indexOf(number);
      const bit = `(b[zero + ${index >> 3}] & ${1 << (index & 7)}) !== 0`;
      const skip = this.#codes[number]?.skip ?? '';
      if (slot < 0) body.push(`if (!(${bit})) { ${skip} }`);
      else {
        body.push(`if (${bit}) throw GIVE_UP;`);
        body.push(`s.keys[${4 * slot}] = p; ${skip} s.keys[${4 * slot + 1}] = p;`);
      }
    }
    body.push('if (p > s.end) throw GIVE_UP;');
    let roomBytes = 1;
    for (const [slot, number] of shape.key.entries()) {
      const code = this.#codes[number];
      const label = `${slot === 0 ? '{' : ','}${JSON.stringify(shape.columns[number]?.name)}:`;
      body.push(put(label), `p = s.keys[${4 * slot}]; ${code?.write ?? ''}`);
      roomBytes += Buffer.byteLength(label) + (code?.roomBytes ?? 0);
    }
    body.push(put('}'), 'p = origin;');
    this.#functions.push(functionText('key', body, roomBytes));
    return 'key(s);';
  }

  /** A key with other bytes is left to the interpreted path. */
  #sameKey(second: Image): string {
    return this.#options.shape.key
      .map((number, slot) => {
        if (!second.columns.includes(number)) return '';
        const places = [0, 1, 2, 3].map((place) => `s.keys[${4 * slot + place}]`);
        return `if (!sameBytes(s.bytes, ${places.join(', ')})) throw GIVE_UP;`;
      })
      .join('\n');
  }
}

/** A function body that returns `row(state)`. Its free names are those of helpers.ts and the constants. */
export function rowSource(options: RowSourceOptions): string {
  return new RowSource(options).text();
}
