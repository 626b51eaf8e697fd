import type { TableName } from './table-name.ts';
import type { Token } from './tokens.ts';

/** A cursor over the words of a statement. */
export class Words {
  readonly tokens: readonly Token[];
  at: number;

  constructor(tokens: readonly Token[], at = 0) {
    this.tokens = tokens;
    this.at = at;
  }

  get upper(): string {
    return this.tokens[this.at]?.upper ?? '';
  }

  take(...words: string[]): boolean {
    if (!words.includes(this.upper)) return false;
    this.at += 1;
    return true;
  }

  /** An identifier, quoted or not; null where none stands. */
  name(): string | null {
    const token = this.tokens[this.at];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return null;
    this.at += 1;
    return token.text;
  }

  /** `name` or `database.name`. */
  table(database: string, fold: (name: string) => string): TableName | null {
    const first = this.name();
    if (first === null) return null;
    if (!this.take('.')) return { database: fold(database), table: fold(first) };
    const second = this.name();
    return second === null ? null : { database: fold(first), table: fold(second) };
  }

  skipTo(word: string): void {
    while (this.at < this.tokens.length && this.upper !== word) this.at += 1;
  }

  ifExists(): void {
    if (!this.take('IF')) return;
    this.take('NOT');
    this.take('EXISTS');
  }

  /** MariaDB: SET STATEMENT a=b, … FOR statement. */
  skipSetStatement(): void {
    if (this.upper !== 'SET' || this.tokens[this.at + 1]?.upper !== 'STATEMENT') return;
    this.skipTo('FOR');
    this.at += 1;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  get kind(): Token['kind'] | 'end' {
    return this.tokens[this.at]?.kind ?? 'end';
  }

  get text(): string {
    return this.tokens[this.at]?.text ?? '';
  }

  ahead(count: number): string {
    return this.tokens[this.at + count]?.upper ?? '';
  }

  /** All of them in this order, or nothing is taken. */
  takeAll(...words: string[]): boolean {
    if (!words.every((word, index) => this.ahead(index) === word)) return false;
    this.at += words.length;
    return true;
  }

  /** `( … )` with all that is nested in it: what stands between; null where no parenthesis opens here. */
  parens(): Token[] | null {
    if (this.upper !== '(') return null;
    const from = this.at + 1;
    let depth = 0;
    for (; this.at < this.tokens.length; this.at += 1) {
      if (this.upper === '(') depth += 1;
      else if (this.upper === ')') depth -= 1;
      if (depth === 0) break;
    }
    const inside = this.tokens.slice(from, this.at);
    this.at += 1;
    return inside;
  }

  /** A character set's or collation's name: `x`, `= x`, `'x'`. */
  symbol(): string {
    this.take('=');
    const text = this.text.toLowerCase();
    this.at += 1;
    return text;
  }

  /** The rest, cut at the commas outside of parentheses. */
  clauses(): Words[] {
    return splitAtCommas(this.tokens.slice(this.at)).map((tokens) => new Words(tokens));
  }
}

export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [];
  let clause: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.upper === '(') depth += 1;
    else if (token.upper === ')') depth -= 1;
    if (depth === 0 && token.upper === ',') {
      clauses.push(clause);
      clause = [];
    } else clause.push(token);
  }
  if (clause.length > 0 || clauses.length > 0) clauses.push(clause);
  return clauses;
}
