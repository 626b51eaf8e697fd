/** JSON read without losing a digit: numbers stay their text, objects keep the order of their keys. */

export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get whole(): boolean {
    return !/[.eE]/.test(this.text);
  }
}

export type Exact = null | boolean | string | ExactNumber | readonly Exact[] | ReadonlyMap<string, Exact>;

const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #next(character: string): boolean {
    this.#take(BLANK);
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #need(character: string): void {
    if (!this.#next(character)) this.#fail(`no ${character}`);
  }

  #fail(what: string): never {
    throw new SyntaxError(
      `JSON: ${what} at ${this.#at}: ${this.#text.slice(Math.max(0, this.#at - 20), this.#at + 20)}`,
    );
  }

  value(): Exact {
    if (this.#next('{')) return this.#object();
    if (this.#next('[')) return this.#array();
    if (this.#text[this.#at] === '"') return this.#string();
    const number = this.#take(NUMBER);
    if (number !== null) return new ExactNumber(number);
    const word = this.#take(WORD);
    if (word === null) return this.#fail('no value');
    return word === 'null' ? null : word === 'true';
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') return this.#fail('no string');
    let end = this.#at + 1;
    while (this.#text[end] !== '"') {
      if (end >= this.#text.length) return this.#fail('no end of the string');
      end += this.#text[end] === '\\' ? 2 : 1;
    }
    const found = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    return JSON.parse(found) as string;
  }

  #array(): Exact[] {
    const items: Exact[] = [];
    if (this.#next(']')) return items;
    do items.push(this.value());
    while (this.#next(','));
    this.#need(']');
    return items;
  }

  #object(): Map<string, Exact> {
    const members = new Map<string, Exact>();
    if (this.#next('}')) return members;
    do {
      this.#take(BLANK);
      const name = this.#string();
      if (members.has(name)) this.#fail(`${name} twice`);
      this.#need(':');
      members.set(name, this.value());
    } while (this.#next(','));
    this.#need('}');
    return members;
  }

  end(): void {
    this.#take(BLANK);
    if (this.#at < this.#text.length) this.#fail('more than one value');
  }
}

/** Strict: SyntaxError for anything that is not one JSON value, and for a member that comes twice. */
export function parseExact(text: string): Exact {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const significantDigits = (text: string): number =>
  (/^-?0*([\d.]*)/.exec(text)?.[1] ?? '').replace('.', '').replace(/^0+/, '').length;

/** Whole numbers digit by digit; others as the double that they are, with its sign, unless they hold more digits. */
function sameNumber(a: ExactNumber, b: ExactNumber, wholeDoubles: boolean): boolean {
  if (a.text === b.text) return true;
  if (a.whole && b.whole) return false;
  if (a.whole !== b.whole && !wholeDoubles) return false;
  if (Math.max(significantDigits(a.text), significantDigits(b.text)) > 17) return false;
  return Object.is(Number(a.text), Number(b.text));
}

/** `wholeDoubles`: a double may be written without its `.0` (MySQL 5.7 does). The order of members is free. */
export function sameExact(a: Exact, b: Exact, wholeDoubles = false): boolean {
  if (a instanceof ExactNumber || b instanceof ExactNumber) {
    return a instanceof ExactNumber && b instanceof ExactNumber && sameNumber(a, b, wholeDoubles);
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item: Exact, index) => sameExact(item, b[index] ?? null, wholeDoubles));
  }
  if (a instanceof Map || b instanceof Map) {
    if (!(a instanceof Map && b instanceof Map) || a.size !== b.size) return false;
    return [...a].every(([name, value]: [string, Exact]) => {
      const other: Exact | undefined = b.get(name);
      return other !== undefined && sameExact(value, other, wholeDoubles);
    });
  }
  return a === b;
}

/** JSON text of it again, for messages to people. */
export function exactText(value: Exact): string {
  if (value instanceof ExactNumber) return value.text;
  if (value instanceof Map) {
    return `{${[...value].map(([name, item]: [string, Exact]) => `${JSON.stringify(name)}:${exactText(item)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item: Exact) => exactText(item)).join(',')}]`;
  return JSON.stringify(value);
}
