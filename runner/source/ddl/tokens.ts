/**
 * Words of SQL text as the servers cut it (MySQL manual, "Literal Values", "Schema Object Names", "Comments").
 * Comments are left out; the text inside version comments that this server executes is kept.
 */
export interface LexContext {
  readonly flavor: 'mysql' | 'mariadb';
  readonly serverVersion: readonly [number, number, number];
  readonly ansiQuotes: boolean;
  readonly noBackslashEscapes: boolean;
}

export interface Token {
  /** word: unquoted; name: quoted identifier; string: literal; other: one character of punctuation. */
  readonly kind: 'word' | 'name' | 'string' | 'other';
  /** Unquoted text. */
  readonly text: string;
  /** Upper case of a word; the character itself for punctuation; '' else. */
  readonly upper: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[\p{L}\p{N}_$\u0080-\uffff]/u;

/** Is the text of a version comment executed by this server? */
function executes(context: LexContext, digits: string, mariadbOnly: boolean): boolean {
  if (mariadbOnly && context.flavor !== 'mariadb') return false;
  if (digits === '') return true;
  const [major, minor, patch] = context.serverVersion;
  const wanted = Number(digits);
  // MariaDB does not execute comments for the MySQL versions that it never was
  if (context.flavor === 'mariadb' && !mariadbOnly && wanted >= 50_700 && wanted <= 99_999) return false;
  return wanted <= major * 10_000 + minor * 100 + patch;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
  '%': '\\%',
  _: '\\_',
};

/** What stands for a character behind a backslash; itself unless the manual's table has it. */
const unescaped = (character: string): string => ESCAPES[character] ?? character;

class Lexer {
  readonly #sql: string;
  readonly #context: LexContext;
  #at = 0;
  #versionDepth = 0;
  readonly tokens: Token[] = [];

  constructor(sql: string, context: LexContext) {
    this.#sql = sql;
    this.#context = context;
  }

  run(): Token[] {
    while (this.#at < this.#sql.length) this.#next();
    return this.tokens;
  }

  #next(): void {
    const character = this.#sql[this.#at] ?? '';
    const two = this.#sql.slice(this.#at, this.#at + 2);
    if (/\s/.test(character)) this.#at += 1;
    else if (character === '#' || (two === '--' && /^\s?$/.test(this.#sql[this.#at + 2] ?? ''))) this.#line();
    else if (two === '/*') this.#comment();
    else if (two === '*/' && this.#versionDepth > 0) {
      this.#versionDepth -= 1;
      this.#at += 2;
    } else if (character === '`') this.#quoted('`', 'name');
    else if (character === '"') this.#quoted('"', this.#context.ansiQuotes ? 'name' : 'string');
    else if (character === "'") this.#quoted("'", 'string');
    else if (WORD.test(character)) this.#word();
    else this.#push('other', character, this.#at, this.#at + 1);
  }

  #line(): void {
    const end = this.#sql.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#sql.length : end + 1;
  }

  #comment(): void {
    const version = /^\/\*(M)?!(\d{5,6})?/.exec(this.#sql.slice(this.#at, this.#at + 12));
    if (version !== null && executes(this.#context, version[2] ?? '', version[1] !== undefined)) {
      this.#versionDepth += 1;
      this.#at += version[0].length;
      return;
    }
    const end = this.#sql.indexOf('*/', this.#at + 2);
    this.#at = end < 0 ? this.#sql.length : end + 2;
  }

  #quoted(quote: string, kind: 'name' | 'string'): void {
    const start = this.#at;
    const escapes = kind === 'string' && !this.#context.noBackslashEscapes;
    let text = '';
    let at = start + 1;
    for (; at < this.#sql.length; at += 1) {
      const character = this.#sql[at] ?? '';
      if (escapes && character === '\\') {
        at += 1;
        text += unescaped(this.#sql[at] ?? '');
      } else if (character !== quote) text += character;
      else if (this.#sql[at + 1] === quote) {
        text += quote;
        at += 1;
      } else break;
    }
    this.#push(kind, text, start, Math.min(at + 1, this.#sql.length));
  }

  #word(): void {
    const start = this.#at;
    let end = start;
    while (end < this.#sql.length && WORD.test(this.#sql[end] ?? '')) end += 1;
    this.#push('word', this.#sql.slice(start, end), start, end);
  }

  #push(kind: Token['kind'], text: string, start: number, end: number): void {
    const upper = kind === 'word' ? text.toUpperCase() : kind === 'other' ? text : '';
    this.tokens.push({ kind, text, upper, start, end });
    this.#at = end;
  }
}

export function tokenize(sql: string, context: LexContext): Token[] {
  return new Lexer(sql, context).run();
}
